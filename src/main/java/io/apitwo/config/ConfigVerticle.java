package io.apitwo.config;

import io.apitwo.bus.Addresses;
import io.apitwo.rules.InvalidDocumentException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner of the rules on this node: looks at the rules file, and turns a text that compiles into
 * the next revision. One that does not changes nothing and is said once, problem by problem.
 */
public final class ConfigVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(ConfigVerticle.class);

  /** Two looks decide a change, so it is in force within twice this and the time to compile. */
  private static final long LOOK_MILLIS = 250;

  private final ActiveRules active;
  private final @Nullable RulesFile file;
  private boolean looking;
  private boolean askedAgain;

  /**
   * @param file null when the rules are the built-in copy, which never changes
   */
  public ConfigVerticle(ActiveRules active, @Nullable RulesFile file) {
    this.active = active;
    this.file = file;
  }

  @Override
  public Future<?> start() {
    if (file == null) {
      return Future.succeededFuture();
    }
    vertx.setPeriodic(LOOK_MILLIS, tick -> look(file, () -> ifChanged(file)));
    return vertx.eventBus().localConsumer(Addresses.RELOAD, message -> reload(file)).completion();
  }

  /**
   * Somebody asks for a look at what is there now: one that is under way may have come too soon.
   */
  private void reload(RulesFile watched) {
    if (looking) {
      askedAgain = true;
    } else {
      look(watched, () -> anew(watched));
    }
  }

  private void look(RulesFile watched, Callable<Optional<Revision>> reading) {
    if (looking) {
      return;
    }
    looking = true;
    vertx
        .executeBlocking(reading)
        .onComplete(
            next -> {
              looking = false;
              if (next.failed()) {
                refuse(watched, next.cause());
              } else {
                next.result().ifPresent(this::apply);
              }
              if (askedAgain) {
                askedAgain = false;
                reload(watched);
              }
            });
  }

  private Optional<Revision> ifChanged(RulesFile watched)
      throws IOException, InvalidDocumentException {
    Optional<String> text = watched.changed();
    return text.isEmpty() || text.get().equals(active.revision().text())
        ? Optional.empty()
        : Optional.of(compile(watched, text.get()));
  }

  /** Reads the file, and the files that it names: those may say something new in the same text. */
  private Optional<Revision> anew(RulesFile watched) throws IOException, InvalidDocumentException {
    String text = watched.read();
    return text.equals(active.revision().text()) && !text.contains("${file:")
        ? Optional.empty()
        : Optional.of(compile(watched, text));
  }

  /** Compiling may take a while for large documents: never on an event loop. */
  private Revision compile(RulesFile watched, String text) throws InvalidDocumentException {
    long number = active.revision().number() + 1;
    return Revision.compile(number, watched.path().toString(), text);
  }

  private void apply(Revision revision) {
    active.replace(revision);
    log.info(
        "rules applied revision={} sha256={} source={}",
        revision.number(),
        revision.sha256(),
        revision.source());
  }

  private void refuse(RulesFile watched, Throwable cause) {
    long stays = active.revision().number();
    if (cause instanceof InvalidDocumentException invalid) {
      invalid.problems().forEach(problem -> log.warn("rules refused: {}", problem));
      log.warn("rules unchanged: revision={} stays in force", stays);
    } else if (cause instanceof IOException) {
      log.warn("cannot read {}: revision={} stays in force", watched.path(), stays);
    } else {
      log.error("rules refused: revision={} stays in force", stays, cause);
    }
  }
}
