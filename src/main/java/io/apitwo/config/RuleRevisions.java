package io.apitwo.config;

import io.apitwo.config.NodeWord.Standing;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.telemetry.ConfigMeter.Outcome;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The rules as a document: what is not valid gets no number, and what gets one is compiled on each
 * node and then in force there. Belongs to the event loop of its {@link Home}, but for what comes
 * by {@link Rulebook}.
 */
final class RuleRevisions implements Rulebook {
  private static final Logger log = LoggerFactory.getLogger(RuleRevisions.class);

  private final Home home;
  private final Document document;
  private final ActiveRules active;
  private final Nodes nodes;
  private final ConfigContext context;
  private final PushQueue queue;

  private boolean started;

  /** What was compiled when it was checked, and is not compiled again when it gets its number. */
  private @Nullable Revision checked;

  RuleRevisions(
      Home home, Document document, ActiveRules active, Nodes nodes, ConfigContext context) {
    this.home = home;
    this.document = document;
    this.active = active;
    this.nodes = nodes;
    this.context = context;
    this.queue =
        new PushQueue(
            home,
            push -> make(push, Condition.NONE).map(Optional::orElseThrow),
            push -> compile(0, push.source(), push.text()));
    document.appliedBy(this::apply);
  }

  /** From now on the node serves. */
  void started() {
    started = true;
  }

  @Override
  public Future<Pushed> push(Push push) {
    return home.call(
        () ->
            queue
                .add(push)
                .onComplete(
                    (pushed, failure) -> count(push, Optional.ofNullable(pushed), failure)));
  }

  /** The same under a condition; empty when that does not hold. On the event loop only. */
  Future<Optional<Pushed>> push(Push push, Condition condition) {
    return make(push, condition).onComplete((pushed, failure) -> count(push, pushed, failure));
  }

  private Future<Optional<Pushed>> make(Push push, Condition condition) {
    return compile(0, push.source(), push.text())
        .compose(
            revision -> {
              checked = push.dryRun() ? checked : revision;
              return document.push(push, condition).onComplete(done -> forget(revision));
            });
  }

  /** What was compiled for a push that was not made is out of date when its text comes again. */
  private void forget(Revision revision) {
    checked = checked == revision ? null : checked;
  }

  /** A push that another one has overtaken is not counted, but for a failure. */
  private void count(Push push, @Nullable Optional<Pushed> pushed, @Nullable Throwable failure) {
    if (failure instanceof InvalidDocumentException) {
      context.meter().pushed(Outcome.INVALID);
    } else if (failure instanceof RevisionConflictException) {
      context.meter().pushed(Outcome.CONFLICT);
    } else if (failure != null) {
      context.meter().pushed(Outcome.UNAVAILABLE);
    } else if (pushed != null && !push.dryRun()) {
      pushed
          .filter(made -> !made.superseded())
          .map(made -> made.converged() ? Outcome.CONVERGED : Outcome.PARTIAL)
          .ifPresent(context.meter()::pushed);
    }
  }

  private Future<Void> apply(Entry entry) {
    Revision known = checked;
    if (known != null && known.text().equals(entry.text())) {
      checked = null;
      inForce(entry, known);
      return Future.succeededFuture();
    }
    return compile(entry.number(), entry.source(), entry.text())
        .onSuccess(revision -> inForce(entry, revision))
        .onFailure(failure -> refused(entry, failure))
        .mapEmpty();
  }

  /** Compiling may take a while for large documents: never on an event loop. */
  private Future<Revision> compile(long number, String source, String text) {
    return home.aside(() -> Revision.compile(number, source, text));
  }

  private void inForce(Entry entry, Revision compiled) {
    active.replace(
        new Revision(
            entry.number(), entry.sha256(), entry.source(), entry.text(), compiled.rules()));
    boolean said = !started && context.peers() == Peers.NONE; // by the ready line
    log.atLevel(said ? Level.DEBUG : Level.INFO)
        .log(
            "rules applied revision={} sha256={} source={} actor={}",
            entry.number(),
            entry.sha256(),
            entry.source(),
            entry.actor());
  }

  private void refused(Entry entry, Throwable failure) {
    long stays = active.revision().number();
    if (failure instanceof InvalidDocumentException invalid) {
      invalid.problems().forEach(problem -> log.error("rules do not compile here: {}", problem));
    }
    log.error(
        "rules not applied revision={} sha256={}: revision={} stays in force",
        entry.number(),
        entry.sha256(),
        stays);
  }

  @Override
  public Future<Optional<Entry>> newest() {
    return home.call(() -> Future.succeededFuture(Optional.ofNullable(document.log().head())));
  }

  @Override
  public Future<List<Entry>> history() {
    return home.call(() -> Future.succeededFuture(document.log().history().list()));
  }

  @Override
  public Future<Optional<Entry>> find(long number) {
    return home.call(() -> Future.succeededFuture(document.log().history().find(number)));
  }

  @Override
  public List<NodeState> nodes() {
    Revision revision = active.revision();
    Standing standing = document.standing();
    RevisionId failed = standing.failed();
    List<NodeState> all = new ArrayList<>();
    all.add(
        new NodeState(
            context.node(),
            context.peers().address(),
            true,
            revision.number(),
            revision.sha256(),
            0,
            failed == null ? 0 : failed.number(),
            standing.error()));
    all.addAll(nodes.states(ConfigVerticle.RULES));
    return all;
  }
}
