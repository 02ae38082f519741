package io.apitwo.config;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner of the documents on this node, of which the rules are one: wires what keeps, numbers,
 * compiles and tells them, and compares with the authority now and then.
 */
public final class ConfigVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(ConfigVerticle.class);

  /** Two looks decide a change, so it is in force within twice this and the time to compile. */
  private static final long LOOK_MILLIS = 250;

  private static final long COMPARE_MILLIS = 3_000;
  private static final String RULES = "rules";

  private final Home home = new Home();
  private final Map<String, Document> documents = new LinkedHashMap<>();
  private final String node;
  private final Path dataDir;
  private final Authority authority;
  private final RuleRevisions rules;
  private final @Nullable RulesWatch watch;
  private final Revision first;
  private boolean silent;

  /**
   * @param node how this node is called
   * @param dataDir what outlives a restart
   * @param active the rules of the file, not numbered yet
   * @param file null when the rules are the built-in copy, which never changes
   */
  public ConfigVerticle(
      String node,
      Path dataDir,
      Authority authority,
      ActiveRules active,
      @Nullable RulesFile file) {
    this.node = node;
    this.dataDir = dataDir;
    this.authority = authority;
    this.first = active.revision();
    Document document = named(RULES);
    this.rules = new RuleRevisions(home, document, active, node);
    this.watch =
        file == null ? null : new RulesWatch(home, file, rules, folder(RULES), active, node);
  }

  private RevisionFolder folder(String name) {
    return new RevisionFolder(dataDir.resolve(name), Document.KEPT);
  }

  private Document named(String name) {
    return documents.computeIfAbsent(
        name,
        unknown ->
            new Document(
                name,
                node,
                home,
                authority,
                folder(name),
                InstantSource.system(),
                System::nanoTime));
  }

  /** The rules, to be read and pushed. */
  public Rulebook rulebook() {
    return rules;
  }

  /**
   * Another document that all nodes have alike; to be called before the verticle is deployed.
   *
   * @param name in lower-case letters
   */
  public SharedDocument document(String name) {
    return named(name);
  }

  /** Has the rules file read at once. For any thread. */
  public void reload() {
    if (watch != null) {
      home.call(
          () -> {
            watch.reload();
            return Future.succeededFuture();
          });
    }
  }

  @Override
  public Future<?> start() {
    home.isHere(vertx, context);
    Future<Void> started = Future.succeededFuture();
    for (Document document : documents.values()) {
      started = started.compose(before -> document.start());
    }
    return started
        .compose(loaded -> compare())
        .compose(compared -> firstRules())
        .onSuccess(
            done -> {
              vertx.setPeriodic(COMPARE_MILLIS, tick -> compare());
              if (watch != null) {
                vertx.setPeriodic(LOOK_MILLIS, tick -> watch.look());
              }
            });
  }

  private Future<?> firstRules() {
    if (watch != null) {
      return watch.start(first.text());
    }
    Push push = new Push(first.text(), first.source(), "start " + node, null, false);
    return rules
        .push(push, (history, head) -> Future.succeededFuture(head == null))
        .<Void>mapEmpty()
        .otherwiseEmpty();
  }

  /** Whichever knows less is told. Succeeds whatever comes of it; a silence is said once. */
  private Future<Void> compare() {
    Future<Void> compared = Future.succeededFuture();
    for (Document document : documents.values()) {
      compared = compared.compose(before -> document.compare());
    }
    return compared
        .onFailure(
            failure -> {
              if (!silent) {
                log.warn("revisions cannot be compared: {}", failure.getMessage());
              }
            })
        .onSuccess(
            done -> {
              if (silent) {
                log.info("revisions are compared again");
              }
            })
        .onComplete(done -> silent = done.failed())
        .otherwiseEmpty();
  }
}
