package io.apitwo.config;

import io.apitwo.config.NodeWord.Standing;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
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
  private static final long WORD_MILLIS = 2_000;
  static final String RULES = "rules";

  private final Home home = new Home();
  private final Map<String, Document> documents = new LinkedHashMap<>();
  private final Nodes nodes = new Nodes(System::nanoTime);
  private final ConfigContext surroundings;
  private final RuleRevisions rules;
  private final @Nullable RulesWatch watch;
  private final Revision first;
  private boolean silent;
  private boolean comparing;
  private boolean compareAgain;
  private long stamp;

  /**
   * @param active the rules of the file, not numbered yet
   * @param file null when the rules are the built-in copy, which never changes
   */
  public ConfigVerticle(ConfigContext surroundings, ActiveRules active, @Nullable RulesFile file) {
    this.surroundings = surroundings;
    this.first = active.revision();
    Document document = named(RULES);
    this.rules = new RuleRevisions(home, document, active, nodes, surroundings);
    this.watch =
        file == null
            ? null
            : new RulesWatch(home, file, rules, document.log(), active, surroundings.node());
  }

  private Document named(String name) {
    return documents.computeIfAbsent(
        name,
        unknown -> {
          Document document = new Document(name, home, surroundings, nodes);
          document.onSettled(this::say);
          return document;
        });
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

  /** Whether this node has been behind the others for longer than it may. For any thread. */
  public boolean isLagging() {
    return documents.values().stream().anyMatch(document -> document.log().isLagging());
  }

  @Override
  public Future<?> start() {
    home.isHere(vertx, context);
    Future<Void> started = Future.succeededFuture();
    for (Document document : documents.values()) {
      started = started.compose(before -> document.start());
    }
    return started
        .onSuccess(loaded -> surroundings.peers().start(new FromPeers()))
        .compose(loaded -> compare())
        .compose(compared -> inForce())
        .compose(applied -> firstRules())
        .onSuccess(done -> startTimers());
  }

  /** Waits until what is known is in force, or was found not to compile here. */
  private Future<Void> inForce() {
    Future<Void> done = Future.succeededFuture();
    for (Document document : documents.values()) {
      Entry head = document.log().head();
      done = head == null ? done : done.compose(before -> document.accept(head).otherwiseEmpty());
    }
    return done;
  }

  private void startTimers() {
    rules.started();
    say();
    vertx.setPeriodic(COMPARE_MILLIS, tick -> compare().onSuccess(done -> firstAgain()));
    vertx.setPeriodic(WORD_MILLIS, tick -> say());
    if (watch != null) {
      vertx.setPeriodic(LOOK_MILLIS, tick -> watch.look());
    }
  }

  private Future<?> firstRules() {
    if (watch != null) {
      return watch.start(first.text());
    }
    Push push = new Push(first.text(), first.source(), "start " + surroundings.node(), null, false);
    return rules
        .push(push, (history, head) -> Future.succeededFuture(head == null))
        .<Void>mapEmpty()
        .otherwiseEmpty();
  }

  /** Built-in rules that got no number at the start; those of a file the watch tries again. */
  private void firstAgain() {
    if (watch == null && documents.get(RULES).log().head() == null) {
      firstRules();
    }
  }

  /** Says to the others what is in force here. */
  private void say() {
    nodes.sweep();
    surroundings.meter().lag(documents.get(RULES).lag());
    Map<String, Standing> standings = new LinkedHashMap<>();
    documents.forEach((name, document) -> standings.put(name, document.standing()));
    stamp = Math.max(stamp + 1, System.currentTimeMillis());
    surroundings
        .peers()
        .say(new NodeWord(surroundings.node(), surroundings.peers().address(), stamp, standings));
  }

  /** Whichever knows less is told. Succeeds whatever comes of it; a silence is said once. */
  private Future<Void> compare() {
    if (comparing) {
      compareAgain = true; // what is under way may have asked too soon
      return Future.succeededFuture();
    }
    comparing = true;
    compareAgain = false;
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
        .onComplete(
            done -> {
              comparing = false;
              silent = done.failed();
              if (compareAgain && !silent) {
                compare();
              }
            })
        .otherwiseEmpty();
  }

  /** What comes from other nodes, brought to this event loop. */
  private final class FromPeers implements Peers.Listener {
    @Override
    public void entry(String name, Entry entry) {
      on(name, document -> document.accept(entry));
    }

    @Override
    public void signal(String name, RevisionId id) {
      on(name, document -> missing(document, id));
    }

    @Override
    public void word(NodeWord word) {
      if (!word.node().equals(surroundings.node())) {
        context.runOnContext(now -> heard(word));
      }
    }

    private void heard(NodeWord word) {
      nodes.heard(word);
      word.documents()
          .forEach(
              (name, standing) -> {
                Document document = documents.get(name);
                if (document != null && standing.inForce() != null) {
                  missing(document, standing.inForce());
                }
              });
    }

    private void missing(Document document, RevisionId id) {
      if (document.log().isMissing(id)) {
        compare();
      }
    }

    @Override
    public void gone(String address) {
      context.runOnContext(now -> nodes.gone(address));
    }

    @Override
    public void changed() {
      context.runOnContext(
          now -> {
            say();
            compare();
          });
    }

    private void on(String name, Consumer<Document> work) {
      Document document = documents.get(name);
      if (document != null) {
        context.runOnContext(now -> work.accept(document));
      }
    }
  }
}
