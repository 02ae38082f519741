package io.apitwo.config;

import io.apitwo.config.NodeWord.Standing;
import io.apitwo.config.Nodes.Waiting;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One document on this node: numbers what is pushed here, puts the newest entry in force, and says
 * which nodes did the same.
 *
 * <p>Belongs to the event loop of its {@link Home}, but for {@link #current}, {@link #standing} and
 * what comes to it by {@link Home#call}.
 */
final class Document implements SharedDocument {
  private static final int ATTEMPTS = 20;

  /** Why an entry is not in force where another one of its number is. */
  static final String RIVAL = "another one of the same number is in force";

  /** How long an answer waits for the other nodes. */
  private static final long PATIENCE_MILLIS = 3_000;

  private final String name;
  private final ConfigContext context;
  private final Home home;
  private final EntryLog log;
  private final Nodes nodes;
  private final InstantSource clock = InstantSource.system();
  private final LongSupplier nanoClock = System::nanoTime;
  private final List<Consumer<Entry>> listeners = new CopyOnWriteArrayList<>();
  private final List<Waiter> waiters = new ArrayList<>();
  private Applier applier = entry -> Future.succeededFuture();
  private Runnable settled = () -> {};
  private volatile @Nullable Entry current;
  private volatile Standing standing = new Standing(null, null, null);
  private @Nullable Entry tried;
  private @Nullable Throwable failed;
  private boolean applying;

  private record Waiter(RevisionId id, Promise<Void> promise) {}

  Document(String name, Home home, ConfigContext context, Nodes nodes) {
    this.name = name;
    this.home = home;
    this.context = context;
    this.nodes = nodes;
    this.log = new EntryLog(name, home, context, nanoClock);
  }

  @Override
  public void appliedBy(Applier applier) {
    this.applier = applier;
  }

  /** Before the start: who wants to know whenever {@link #standing} has changed. */
  void onSettled(Runnable settled) {
    this.settled = settled;
  }

  EntryLog log() {
    return log;
  }

  /** Takes what the disk has. What cannot be put in force falls back to the entry before. */
  Future<Void> start() {
    return log.load().compose(loaded -> fallBack(log.history().list()));
  }

  private Future<Void> fallBack(List<Entry> newestFirst) {
    if (newestFirst.isEmpty()) {
      return Future.succeededFuture();
    }
    Entry entry = newestFirst.get(0);
    tried = tried == null ? entry : tried;
    return home.here(applier.apply(entry))
        .onSuccess(
            applied -> {
              takeEffect(entry);
              stand();
            })
        .recover(
            failure -> {
              failed = failed == null ? failure : failed;
              stand();
              return fallBack(newestFirst.subList(1, newestFirst.size()));
            });
  }

  @Override
  public Optional<Entry> current() {
    return Optional.ofNullable(current);
  }

  @Override
  public Optional<Entry> newest() {
    return Optional.ofNullable(log.head());
  }

  @Override
  public void onChange(Consumer<Entry> listener) {
    listeners.add(listener);
  }

  /** What this node says of itself: as it was when the last entry was tried. For any thread. */
  Standing standing() {
    return standing;
  }

  private void stand() {
    Entry inForce = current;
    boolean refused = failed != null && tried != null;
    standing =
        new Standing(
            inForce == null ? null : inForce.id(),
            refused ? tried.id() : null,
            refused ? "does not compile here" : null);
  }

  /** By how many revisions what is in force here is behind what this node has heard of. */
  long lag() {
    Entry head = log.head();
    Entry inForce = current;
    boolean waits = head != null && head.id().isAfter(inForce == null ? null : inForce.id());
    long known = waits ? Math.max(1, head.number() - (inForce == null ? 0 : inForce.number())) : 0;
    return known + log.lag();
  }

  @Override
  public Future<Pushed> replace(Push push) {
    return home.call(() -> push(push, Condition.NONE)).map(Optional::orElseThrow);
  }

  /**
   * The same under a condition.
   *
   * @return empty when that does not hold
   */
  Future<Optional<Pushed>> push(Push push, Condition condition) {
    long begun = nanoClock.getAsLong();
    return propose(push, condition, ATTEMPTS)
        .compose(
            entry -> {
              if (entry == null) {
                return Future.succeededFuture(Optional.empty());
              }
              return push.dryRun()
                  ? Future.succeededFuture(
                      Optional.of(new Pushed(entry.number(), entry.sha256(), false, List.of())))
                  : spread(entry, begun).map(Optional::of);
            });
  }

  private Future<Pushed> spread(Entry entry, long begun) {
    context.peers().announce(name, entry);
    Waiting others = nodes.await(name, entry.id(), begun);
    home.after(PATIENCE_MILLIS, others.giveUp());
    Future<Pushed.Node> here =
        accept(entry)
            .map(
                done ->
                    new Pushed.Node(
                        context.node(),
                        TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong() - begun),
                        null))
            .otherwise(
                failure ->
                    new Pushed.Node(context.node(), null, String.valueOf(failure.getMessage())));
    return Future.all(here, others.nodes())
        .map(
            done -> {
              List<Pushed.Node> all = new ArrayList<>(List.of(here.result()));
              all.addAll(others.nodes().result());
              boolean converged = all.stream().allMatch(node -> node.appliedMillis() != null);
              return new Pushed(entry.number(), entry.sha256(), converged, all);
            });
  }

  /** Asks the authority for the next number, again and again while others are faster. */
  private Future<@Nullable Entry> propose(Push push, Condition condition, int attempts) {
    if (attempts == 0) {
      return Future.failedFuture(new AuthorityException("too many others change it"));
    }
    return log.learn()
        .compose(
            top -> condition.looksBack() ? log.complete().map(top) : Future.succeededFuture(top))
        .compose(
            top -> {
              Entry head = log.head();
              Long ifMatch = push.ifMatch();
              long number = head == null ? 0 : head.number();
              if (ifMatch != null && ifMatch != number) {
                return Future.failedFuture(new RevisionConflictException(ifMatch, number));
              }
              return condition
                  .holds(log.history(), head)
                  .compose(
                      holds ->
                          holds
                              ? number(push, top, condition, attempts)
                              : Future.<@Nullable Entry>succeededFuture(null));
            });
  }

  private Future<@Nullable Entry> number(
      Push push, Optional<RevisionId> top, Condition condition, int attempts) {
    Entry head = log.head();
    long known = Math.max(log.taken(), top.map(RevisionId::number).orElse(0L));
    if (!EntryForm.isNumber(known + 1)) {
      return Future.failedFuture(
          new AuthorityException(
              "no number is left after revision "
                  + known
                  + " (expected: that it is removed from the store and every node's dataDir)"));
    }
    Entry next = Entry.of(known + 1, head, push, clock.instant());
    return push.dryRun()
        ? Future.succeededFuture(next)
        : log.propose(top, next)
            .compose(
                taken ->
                    taken
                        ? Future.<@Nullable Entry>succeededFuture(next)
                        : propose(push, condition, attempts - 1));
  }

  /** Compares with others, and puts in force what they know better. */
  Future<Void> compare() {
    return log.compare().onComplete(done -> apply());
  }

  /**
   * Takes an entry from wherever it comes.
   *
   * @return succeeds when it, or a later one, is in force here and on the disk
   */
  Future<Void> accept(Entry entry) {
    Promise<Void> inForce = Promise.promise();
    waiters.add(new Waiter(entry.id(), inForce));
    Future<Void> kept = log.remember(List.of(entry));
    apply();
    return inForce.future().compose(done -> kept);
  }

  /** Puts the newest in force; while one is under way, the next is the newest of then. */
  private void apply() {
    Entry head = log.head();
    if (applying || head == null) {
      return;
    }
    if (tried != null && !head.id().isAfter(tried.id())) {
      settle(head, failed);
      return;
    }
    applying = true;
    tried = head;
    home.here(applier.apply(head))
        .onComplete(
            (done, failure) -> {
              applying = false;
              failed = failure;
              if (failure == null) {
                takeEffect(head);
              }
              stand();
              settled.run();
              settle(head, failure);
              apply();
            });
  }

  private void settle(Entry tried, @Nullable Throwable failure) {
    List<Waiter> done = waiters.stream().filter(waiter -> !waiter.id.isAfter(tried.id())).toList();
    waiters.removeAll(done);
    done.forEach(
        waiter ->
            waiter.promise.complete(
                null, tried.id().isRivalOf(waiter.id) ? new AuthorityException(RIVAL) : failure));
  }

  private void takeEffect(Entry entry) {
    current = entry;
    listeners.forEach(listener -> listener.accept(entry));
  }
}
