package io.apitwo.config;

import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.OnTrial;
import io.apitwo.rules.Rules;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules document that is on trial on all nodes, if there is one: what it would do is asked for
 * each request, and nothing follows from it. An empty text withdraws it.
 *
 * <p>For any thread.
 */
public final class Candidate {
  private static final Logger log = LoggerFactory.getLogger(Candidate.class);

  private final Vertx vertx;
  private final SharedDocument document;
  private final Supplier<Rules> live;
  private volatile @Nullable Rules rules;
  private volatile @Nullable Snapshot snapshot;

  /** The candidate with the orders for single clients that hold. */
  private record Snapshot(Rules base, Rules live, Rules adjusted) {}

  /**
   * @param document that all nodes have alike; not deployed yet
   * @param live the rules in force, whose orders for single clients hold for the candidate as well
   */
  public Candidate(Vertx vertx, SharedDocument document, Supplier<Rules> live) {
    this.vertx = vertx;
    this.document = document;
    this.live = live;
    document.appliedBy(this::take);
  }

  /** The rules on trial; null for none. One volatile read then. */
  public @Nullable Rules rules() {
    Rules base = rules;
    if (base == null) {
      return null;
    }
    Rules now = live.get();
    Snapshot known = snapshot;
    if (known == null || known.base != base || known.live != now) {
      boolean plain = now.adjustments().isEmpty();
      known = new Snapshot(base, now, plain ? base : base.with(now.adjustments()));
      snapshot = known;
    }
    return known.adjusted;
  }

  /** The document on trial; on this node too, unless it does not compile here. */
  public Optional<Entry> current() {
    return document.newest().filter(entry -> !entry.text().isEmpty());
  }

  /** Compiling may take a while: on a worker, one after the other. */
  private Future<Void> take(Entry entry) {
    return vertx
        .executeBlocking(() -> compile(entry), true)
        .onSuccess(compiled -> rules = isNewest(entry) ? compiled.orElse(null) : null)
        .onFailure(
            failure -> {
              rules = null;
              log.error(
                  "the candidate cannot be compiled on this node: revision={}: {}",
                  entry.number(),
                  failure.getMessage());
            })
        .mapEmpty();
  }

  /** Where the newest does not compile nothing is on trial, and not the one before. */
  private boolean isNewest(Entry entry) {
    return document.newest().map(Entry::id).filter(id -> id.isAfter(entry.id())).isEmpty();
  }

  private static Optional<Rules> compile(Entry entry) throws InvalidDocumentException {
    if (entry.text().isEmpty()) {
      return Optional.empty();
    }
    Revision revision = Revision.compile(entry.number(), "candidate", entry.text());
    return Optional.of(OnTrial.of(revision.rules(), entry.number()));
  }

  /**
   * Puts a document on trial, on every node; a dry run only checks it.
   *
   * @param ifMatch the number of the trial that it shall follow; null when that does not matter
   * @return fails with {@link InvalidDocumentException} when the document is refused, else as
   *     {@link SharedDocument#replace}
   */
  public Future<Pushed> put(String text, String actor, @Nullable Long ifMatch, boolean dryRun) {
    return vertx
        .executeBlocking(() -> Revision.compile(1, "candidate", text), false)
        .compose(valid -> document.replace(new Push(text, "admin", actor, ifMatch, dryRun)));
  }

  /**
   * Ends the trial, on every node.
   *
   * @param ifMatch the number of the only trial that shall end; null for whichever there is
   * @return as {@link SharedDocument#replace}
   */
  public Future<Pushed> withdraw(String actor, @Nullable Long ifMatch, boolean dryRun) {
    return document.replace(new Push("", "admin", actor, ifMatch, dryRun));
  }
}
