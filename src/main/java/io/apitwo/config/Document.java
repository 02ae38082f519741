package io.apitwo.config;

import io.apitwo.config.Pushed.Node;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One document on this node: what was the newest entry that it heard of, from wherever, and which
 * one is in force. It goes forward only, in the order of {@link RevisionId}. What it hears it keeps
 * on the disk; an authority that knows less is told.
 *
 * <p>Belongs to the event loop of its {@link Home}, but for {@link #current} and what comes to it
 * by {@link Home#call}.
 */
final class Document implements SharedDocument {
  /** Puts an entry in force on this node; fails when it cannot be. */
  interface Applier {
    Future<Void> apply(Entry entry);
  }

  /** What else must hold for a push, once it is known what it would come after. */
  interface Condition {
    Condition NONE = (history, head) -> Future.succeededFuture(true);

    Future<Boolean> holds(History history, @Nullable Entry head);
  }

  private static final Logger log = LoggerFactory.getLogger(Document.class);
  private static final int ATTEMPTS = 20;

  /** How many entries are kept. */
  static final int KEPT = 100;

  private final String name;
  private final String node;
  private final Home home;
  private final Authority authority;
  private final RevisionFolder folder;
  private final InstantSource clock;
  private final LongSupplier nanoClock;
  private final History history = new History(KEPT);
  private final List<Consumer<Entry>> listeners = new CopyOnWriteArrayList<>();
  private final List<Waiter> waiters = new ArrayList<>();
  private Applier applier = entry -> Future.succeededFuture();
  private volatile @Nullable Entry current;
  private @Nullable Entry tried;
  private @Nullable Throwable failed;
  private boolean applying;

  private record Waiter(RevisionId id, Promise<Void> promise) {}

  /**
   * @param node how this node is called
   * @param clock wall time, for people
   * @param nanoClock elapsed time
   */
  Document(
      String name,
      String node,
      Home home,
      Authority authority,
      RevisionFolder folder,
      InstantSource clock,
      LongSupplier nanoClock) {
    this.name = name;
    this.node = node;
    this.home = home;
    this.authority = authority;
    this.folder = folder;
    this.clock = clock;
    this.nanoClock = nanoClock;
  }

  /** Before the start: who puts entries in force. Without one they are so by being known. */
  void appliedBy(Applier applier) {
    this.applier = applier;
  }

  /** Takes what the disk has. What cannot be put in force falls back to the entry before. */
  Future<Void> start() {
    return home.inTurn(folder::load)
        .compose(
            entries -> {
              history.addAll(entries);
              return fallBack(history.list());
            });
  }

  private Future<Void> fallBack(List<Entry> newestFirst) {
    if (newestFirst.isEmpty()) {
      return Future.succeededFuture();
    }
    Entry entry = newestFirst.get(0);
    tried = tried == null ? entry : tried;
    return applier
        .apply(entry)
        .map(applied -> takeEffect(entry))
        .recover(
            failure -> {
              failed = failed == null ? failure : failed;
              return fallBack(newestFirst.subList(1, newestFirst.size()));
            });
  }

  @Override
  public Optional<Entry> current() {
    return Optional.ofNullable(current);
  }

  @Override
  public void onChange(Consumer<Entry> listener) {
    listeners.add(listener);
  }

  /** The newest that was heard of. */
  @Nullable Entry head() {
    return history.newest();
  }

  History history() {
    return history;
  }

  @Override
  public Future<Pushed> replace(Push push) {
    return home.call(
        () ->
            push(push, Condition.NONE)
                .map(pushed -> pushed.orElseThrow(() -> new IllegalStateException("no push"))));
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
                  : accept(entry).transform(done -> answer(entry, begun, done.cause()));
            });
  }

  private Future<Optional<Pushed>> answer(Entry entry, long begun, @Nullable Throwable failure) {
    long millis = TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong() - begun);
    Node here =
        failure == null
            ? new Node(node, millis, null)
            : new Node(node, null, String.valueOf(failure.getMessage()));
    return Future.succeededFuture(
        Optional.of(new Pushed(entry.number(), entry.sha256(), failure == null, List.of(here))));
  }

  /** Asks the authority for the next number, again and again while others are faster. */
  private Future<@Nullable Entry> propose(Push push, Condition condition, int attempts) {
    if (attempts == 0) {
      return Future.failedFuture(new AuthorityException("too many others change it"));
    }
    return learn()
        .compose(
            top -> {
              Entry head = head();
              Long ifMatch = push.ifMatch();
              long number = head == null ? 0 : head.number();
              if (ifMatch != null && ifMatch != number) {
                return Future.failedFuture(new RevisionConflictException(ifMatch, number));
              }
              return condition
                  .holds(history, head)
                  .compose(
                      holds -> holds ? number(push, head, top, condition, attempts) : nothing());
            });
  }

  private Future<@Nullable Entry> number(
      Push push,
      @Nullable Entry head,
      Optional<RevisionId> top,
      Condition condition,
      int attempts) {
    Entry next = Entry.after(head, push, clock.instant());
    return push.dryRun()
        ? Future.succeededFuture(next)
        : home.here(authority.replace(name, top.orElse(null), next))
            .compose(
                taken ->
                    taken
                        ? Future.<@Nullable Entry>succeededFuture(next)
                        : propose(push, condition, attempts - 1));
  }

  private static Future<@Nullable Entry> nothing() {
    return Future.succeededFuture(null);
  }

  /** Compares with the authority: whichever of the two knows less is told. */
  Future<Void> compare() {
    return learn()
        .compose(
            top -> {
              Entry head = head();
              if (head == null) {
                return Future.succeededFuture();
              }
              accept(head);
              return head.id().isAfter(top.orElse(null))
                  ? home.here(authority.replace(name, top.orElse(null), head)).mapEmpty()
                  : Future.succeededFuture();
            });
  }

  /** Hears what the authority has, into the history. @return its newest */
  private Future<Optional<RevisionId>> learn() {
    return home.here(authority.newest(name))
        .compose(
            top ->
                top.isEmpty() || history.contains(top.get())
                    ? Future.succeededFuture(top)
                    : fetch(top.get()).map(top));
  }

  private Future<Void> fetch(RevisionId id) {
    return home.here(authority.find(name, id))
        .compose(
            found -> {
              if (found.isEmpty()) {
                return Future.failedFuture(new AuthorityException("lost revision " + id.number()));
              }
              Entry head = head();
              boolean follows = head != null && found.get().previous().equals(head.sha256());
              return follows
                  ? remember(List.of(found.get()))
                  : home.here(authority.history(name))
                      .compose(
                          all -> remember(all).compose(done -> remember(List.of(found.get()))));
            });
  }

  private Future<Void> remember(List<Entry> entries) {
    List<Entry> fresh = entries.stream().filter(history::add).toList();
    return fresh.isEmpty() ? Future.succeededFuture() : home.inTurn(() -> save(fresh));
  }

  private Void save(List<Entry> entries) {
    try {
      for (Entry entry : entries) {
        folder.save(entry);
      }
    } catch (IOException e) {
      log.warn("{}: a revision cannot be kept on this disk: {}", name, e.toString());
    }
    return null;
  }

  /**
   * Takes an entry from wherever it comes.
   *
   * @return succeeds when it, or a later one, is in force here and on the disk
   */
  Future<Void> accept(Entry entry) {
    Promise<Void> inForce = Promise.promise();
    waiters.add(new Waiter(entry.id(), inForce));
    Future<Void> kept = remember(List.of(entry));
    apply();
    return inForce.future().compose(done -> kept);
  }

  /** Puts the newest in force; while one is under way, the next is the newest of then. */
  private void apply() {
    Entry head = head();
    if (applying || head == null) {
      return;
    }
    if (tried != null && !head.id().isAfter(tried.id())) {
      settle(head, failed);
      return;
    }
    applying = true;
    tried = head;
    applier
        .apply(head)
        .onComplete(
            (done, failure) -> {
              applying = false;
              failed = failure;
              if (failure == null) {
                takeEffect(head);
              }
              settle(head, failure);
              apply();
            });
  }

  private void settle(Entry tried, @Nullable Throwable failure) {
    List<Waiter> done = waiters.stream().filter(waiter -> !waiter.id.isAfter(tried.id())).toList();
    waiters.removeAll(done);
    done.forEach(waiter -> waiter.promise.complete(null, failure));
  }

  private Void takeEffect(Entry entry) {
    current = entry;
    listeners.forEach(listener -> listener.accept(entry));
    return null;
  }
}
