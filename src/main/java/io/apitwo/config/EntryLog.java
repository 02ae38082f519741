package io.apitwo.config;

import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node knows of a document's entries: from its disk, the authority and the other nodes.
 * What it hears it keeps; whoever knows less is told. It goes forward only.
 *
 * <p>Belongs to the event loop of its {@link Home}, but for {@link #isLagging} and {@link #lag}.
 */
final class EntryLog {
  private static final Logger log = LoggerFactory.getLogger(EntryLog.class);

  /** How many entries are kept. */
  static final int KEPT = 100;

  private static final long LAG_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(15);

  /** Nodes say every 2 s what they have. */
  private static final long GONE_NANOS = TimeUnit.SECONDS.toNanos(15);

  private final String name;
  private final Home home;
  private final LongSupplier nanoClock;
  private final Authority authority;
  private final Peers peers;
  private final RevisionFolder folder;
  private final History history = new History(KEPT);
  private final List<Entry> unsaved = new ArrayList<>();
  private boolean unkept;
  private long taken;
  private long askNanos;
  private @Nullable Throwable silence;
  private @Nullable RevisionId lost;
  private @Nullable RevisionId completed;
  private volatile @Nullable Entry newest;
  private volatile Heard heard = new Heard(new RevisionId(0, ""), 0, 0, false);

  /** The newest that somebody has; since when it is missing here, and when it was last heard of. */
  private record Heard(RevisionId id, long sinceNanos, long lastNanos, boolean missing) {
    Heard found() {
      return new Heard(id, 0, 0, false);
    }

    Heard again(long now) {
      return new Heard(id, sinceNanos, now, missing);
    }
  }

  EntryLog(String name, Home home, ConfigContext context, LongSupplier nanoClock) {
    this.name = name;
    this.home = home;
    this.nanoClock = nanoClock;
    this.authority = context.authority();
    this.peers = context.peers();
    this.folder = new RevisionFolder(context.dataDir().resolve(name), KEPT);
  }

  RevisionFolder folder() {
    return folder;
  }

  History history() {
    return history;
  }

  /** The newest entry. For any thread. */
  @Nullable Entry head() {
    return newest;
  }

  /** Takes what the disk has. */
  Future<Void> load() {
    return home.inTurn(folder::load)
        .map(
            entries -> {
              entries.forEach(this::add);
              return null;
            });
  }

  private boolean add(Entry entry) {
    boolean isNew = history.add(entry);
    Entry head = history.newest();
    newest = head;
    if (head != null) {
      taken = Math.max(taken, head.number());
      if (heard.missing && !heard.id.isAfter(head.id())) {
        heard = heard.found();
      }
    }
    if (isNew) {
      history.rival(entry).ifPresent(other -> sayTwice(entry, other));
    }
    return isNew;
  }

  private void sayTwice(Entry entry, Entry other) {
    log.warn(
        "{} revision={} was given twice: sha256={} and sha256={}; the cluster was split",
        name,
        entry.number(),
        entry.sha256(),
        other.sha256());
  }

  /**
   * Takes entries in.
   *
   * @return succeeds when they are on the disk, or that was found impossible
   */
  Future<Void> remember(List<Entry> entries) {
    return save(entries.stream().filter(this::add).toList());
  }

  /** What cannot be kept now is tried again at the next comparison. */
  private Future<Void> save(List<Entry> entries) {
    if (entries.isEmpty()) {
      return Future.succeededFuture();
    }
    boolean said = unkept;
    return home.inTurn(() -> saveAll(entries, said))
        .map(
            left -> {
              unsaved.addAll(left);
              if (unkept && left.isEmpty()) {
                log.info("{}: revisions are kept on this disk again", name);
              }
              unkept = !left.isEmpty();
              return null;
            });
  }

  /** Those that were not saved. */
  private List<Entry> saveAll(List<Entry> entries, boolean said) {
    for (int i = 0; i < entries.size(); i++) {
      try {
        folder.save(entries.get(i));
      } catch (IOException e) {
        if (!said) {
          log.warn("{}: revisions cannot be kept on this disk: {}", name, e.toString());
        }
        return entries.subList(i, entries.size());
      }
    }
    return List.of();
  }

  private void saveAgain() {
    List<Entry> again = unsaved.stream().filter(entry -> history.contains(entry.id())).toList();
    unsaved.clear();
    save(again);
  }

  /**
   * Hears what the authority has.
   *
   * @return its newest
   */
  Future<Optional<RevisionId>> learn() {
    return home.here(authority.newest(name))
        .compose(
            top ->
                top.isEmpty() || history.contains(top.get())
                    ? Future.succeededFuture(top)
                    : fetch(top.get()).map(top));
  }

  private Future<Void> fetch(RevisionId id) {
    return home.here(authority.find(name, id))
        .compose(found -> found.isEmpty() ? lost(id) : remember(List.of(found.get())));
  }

  /**
   * Asks for the entries before, where the newest did not come after one that is known. They may be
   * many and large: whoever gave no answer is not asked again at once.
   */
  Future<Void> complete() {
    Entry head = head();
    if (head == null || head.id().equals(completed) || !history.lacksPrevious()) {
      return Future.succeededFuture();
    }
    if (silence != null && nanoClock.getAsLong() - askNanos < 0) {
      return Future.failedFuture(silence);
    }
    return home.here(authority.history(name))
        .compose(this::remember)
        .onComplete(
            done -> {
              completed = done.succeeded() ? head.id() : completed;
              silence = done.cause();
              askNanos = nanoClock.getAsLong() + SILENCE_NANOS;
            });
  }

  /** The next push gets a larger number and mends it. */
  private Future<Void> lost(RevisionId id) {
    if (!id.equals(lost)) {
      lost = id;
      log.error("{} revision={} has a number and no text; push the rules again", name, id.number());
    }
    return Future.succeededFuture();
  }

  /** Has the authority take an entry as the newest, if its newest is still the one given. */
  Future<Boolean> propose(Optional<RevisionId> top, Entry next) {
    return home.here(authority.replace(name, top.orElse(null), next));
  }

  /** Compares with the other nodes and the authority: whoever knows less is told. */
  Future<Void> compare() {
    Optional<Entry> announced = peers.announced(name);
    announced.ifPresent(entry -> remember(List.of(entry)));
    saveAgain();
    return learn()
        .onSuccess(top -> stopMissing())
        .compose(top -> tell(top, history.after(top.orElse(null))))
        .compose(done -> complete().otherwiseEmpty()) // who needs it asks by itself
        .onComplete(done -> announceAgain(announced.map(Entry::id).orElse(null)));
  }

  /** One after the other, as they once came; ends when somebody else does the same. */
  private Future<Void> tell(Optional<RevisionId> top, List<Entry> unknown) {
    if (unknown.isEmpty()) {
      return Future.succeededFuture();
    }
    Entry next = unknown.get(0);
    return propose(top, next)
        .compose(
            taken ->
                taken
                    ? tell(Optional.of(next.id()), unknown.subList(1, unknown.size()))
                    : Future.succeededFuture());
  }

  private void announceAgain(@Nullable RevisionId announced) {
    Entry head = head();
    if (head != null && head.id().isAfter(announced)) {
      peers.announce(name, head);
    }
  }

  /**
   * Hears that there is an entry.
   *
   * @return whether it is missing here
   */
  boolean isMissing(RevisionId id) {
    Entry head = head();
    boolean missing = head == null || id.isAfter(head.id());
    long now = nanoClock.getAsLong();
    taken = Math.max(taken, id.number());
    if (missing && (!heard.missing || id.isAfter(heard.id))) {
      heard = new Heard(id, heard.missing ? heard.sinceNanos : now, now, true);
    } else if (missing && id.equals(heard.id)) {
      heard = heard.again(now);
    }
    return missing;
  }

  /** Who had it may be gone with it: then it is missing no more, but its number is taken. */
  private void stopMissing() {
    if (heard.missing && nanoClock.getAsLong() - heard.lastNanos > GONE_NANOS) {
      log.warn("{} revision={} was heard of, and nobody has it", name, heard.id.number());
      heard = heard.found();
    }
  }

  /** The largest number that is known to be taken. */
  long taken() {
    return taken;
  }

  /** How many revisions that it has heard of are missing here. For any thread. */
  long lag() {
    Heard now = heard;
    Entry head = newest;
    return now.missing ? Math.max(1, now.id.number() - (head == null ? 0 : head.number())) : 0;
  }

  /** Whether it has been behind for longer than that may be. For any thread. */
  boolean isLagging() {
    Heard now = heard;
    return now.missing && nanoClock.getAsLong() - now.sinceNanos > LAG_NANOS;
  }
}
