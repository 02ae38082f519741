package io.apitwo.count;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Subject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToIntFunction;

/**
 * The permits of concurrency limits that this node holds, and what Redis knows of that. Every call
 * says in all what a client holds here ({@link io.apitwo.limit.Permits}), so what gets lost mends
 * itself. That a word is exact, only one call at a time asks for permits of one client and limit:
 * {@link #isFree}. Where Redis knows something else than what is held, or has heard nothing for
 * {@value #RENEW_MILLIS} ms, a word is due: {@link #takeDue}.
 *
 * <p>Bounded: kept is what is held, what is asked for now, and for {@value #HELD_MILLIS} ms what
 * Redis may believe to be held. Free of Vert.x, and confined to one thread.
 */
final class RedisPermits {
  /** How long a word counts, by the scripts. */
  static final int HELD_MILLIS = 5_000;

  /** How old a word gets before it is repeated. */
  static final int RENEW_MILLIS = 1_500;

  /** How often {@link #renew} is to be called. */
  static final int TICK_MILLIS = 100;

  /** At each tick so many of those that are held, more than it takes to get through in time. */
  private static final int PART = 10;

  private static final int LEAST = 16;
  private static final long MILLI = 1_000_000;
  private static final long UNKNOWN = -1;

  private final byte[] holder;
  private final ToIntFunction<String> lanes;
  private final Map<Owner, Entry> entries = new HashMap<>();
  private final Set<Entry> held = new LinkedHashSet<>(); // in the order of their last words
  private final Map<Integer, LinkedHashSet<Entry>> due = new HashMap<>();
  private long sequence;
  private long inUse;

  private record Owner(String limit, String client) {
    static Owner of(Subject subject) {
      return new Owner(subject.limit().name(), subject.client());
    }
  }

  /**
   * What a call says of one client and limit.
   *
   * @param holds how much the node holds without this call
   */
  record Word(long sequence, long holds) {}

  /** A word that is told for its own sake. */
  record Telling(Entry entry, Word word) {
    byte[] key() {
      return entry.key;
    }
  }

  /** Permits of one client and limit. */
  static final class Entry {
    private final Owner owner;
    private final byte[] key;
    private final int lane;
    private long inUse;
    private int asking;
    private long asked; // what Redis knows once the call that asks has landed
    private long askedSequence;
    private long told; // what Redis knows
    private long toldSequence;
    private long toldNanos;
    private boolean telling;

    private Entry(Owner owner, byte[] key, int lane) {
      this.owner = owner;
      this.key = key;
      this.lane = lane;
    }
  }

  /**
   * @param holder 8 bytes that no other process has
   * @param firstSequence of its words
   * @param lanes the lane of a client
   */
  RedisPermits(byte[] holder, long firstSequence, ToIntFunction<String> lanes) {
    this.holder = holder;
    this.sequence = firstSequence;
    this.lanes = lanes;
  }

  byte[] holder() {
    return holder;
  }

  /** What is held in all, in cost units. */
  long inUse() {
    return inUse;
  }

  /** How many clients and limits are kept. */
  int size() {
    return entries.size();
  }

  /** Whether nobody asks for the permits of any of these demands just now. */
  boolean isFree(List<Demand> demands) {
    for (Demand demand : demands) {
      Charge charge = demand.charge();
      if (charge.holdsPermits()) {
        for (Subject subject : charge.subjects()) {
          Entry entry = entries.get(Owner.of(subject));
          if (entry != null && entry.asking > 0 && isConcurrency(subject)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private static boolean isConcurrency(Subject subject) {
    return subject.limit().algorithm() == Algorithm.CONCURRENCY;
  }

  /** The word of a group that asks for permits in a call that is sent now. */
  Word ask(Subject subject) {
    Owner owner = Owner.of(subject);
    Entry entry = entries.get(owner);
    if (entry == null) {
      entry = new Entry(owner, RedisKeys.of(subject), lanes.applyAsInt(subject.client()));
      entries.put(owner, entry);
    }
    if (entry.asking++ == 0) {
      entry.asked = entry.inUse;
      dueIn(entry.lane).remove(entry);
    }
    entry.askedSequence = ++sequence;
    return new Word(sequence, entry.inUse);
  }

  /** A group that asked has its answer. */
  void granted(Subject subject, long amount, long nowNanos) {
    Entry entry = entries.get(Owner.of(subject));
    if (entry != null && entry.asking > 0) {
      entry.asked = entry.asked == UNKNOWN ? UNKNOWN : entry.asked + amount;
      hold(entry, amount);
      landed(entry, nowNanos);
    }
  }

  /** A group that asked will get no answer, or none that tells what Redis did. */
  void unanswered(Subject subject, long nowNanos) {
    Entry entry = entries.get(Owner.of(subject));
    if (entry != null && entry.asking > 0) {
      entry.asked = UNKNOWN;
      landed(entry, nowNanos);
    }
  }

  private void landed(Entry entry, long nowNanos) {
    if (--entry.asking == 0) {
      heard(entry, new Word(entry.askedSequence, entry.asked), nowNanos);
    }
  }

  /** Permits that are held no more. */
  void giveBack(Subject subject, long amount) {
    Entry entry = entries.get(Owner.of(subject));
    if (entry != null) {
      hold(entry, -Math.min(amount, entry.inUse));
      look(entry);
    }
  }

  private void hold(Entry entry, long more) {
    entry.inUse += more;
    inUse += more;
    if (entry.inUse == 0) {
      held.remove(entry);
    } else {
      held.add(entry);
    }
  }

  private void heard(Entry entry, Word word, long nowNanos) {
    if (word.sequence > entry.toldSequence) {
      entry.toldSequence = word.sequence;
      entry.told = word.holds;
      entry.toldNanos = nowNanos;
      if (held.remove(entry)) {
        held.add(entry);
      }
    }
    look(entry);
  }

  /** Notes that a word is due, or forgets what nobody needs to know. */
  private void look(Entry entry) {
    if (entry.asking > 0 || entry.telling) {
      return; // when that has landed
    }
    if (entry.told != entry.inUse) {
      dueIn(entry.lane).add(entry);
    } else if (entry.inUse == 0) {
      forget(entry);
    }
  }

  private void forget(Entry entry) {
    entries.remove(entry.owner);
    dueIn(entry.lane).remove(entry);
  }

  private LinkedHashSet<Entry> dueIn(int lane) {
    return due.computeIfAbsent(lane, none -> new LinkedHashSet<>());
  }

  /** The lanes that words are due in. */
  Set<Integer> lanesDue() {
    Set<Integer> lanes = new TreeSet<>();
    due.forEach(
        (lane, entries) -> {
          if (!entries.isEmpty()) {
            lanes.add(lane);
          }
        });
    return lanes;
  }

  /** Words that are due and told now; at most so many. */
  List<Telling> takeDue(int lane, int most) {
    List<Telling> words = new ArrayList<>();
    Iterator<Entry> first = dueIn(lane).iterator();
    while (first.hasNext() && words.size() < most) {
      Entry entry = first.next();
      first.remove();
      entry.telling = true;
      words.add(new Telling(entry, new Word(++sequence, entry.inUse)));
    }
    return words;
  }

  /**
   * What has become of words.
   *
   * @param heard whether Redis has confirmed them; else nobody knows
   */
  void told(List<Telling> words, boolean heard, long nowNanos) {
    for (Telling each : words) {
      Entry entry = each.entry;
      entry.telling = false;
      if (heard) {
        heard(entry, each.word, nowNanos);
      } else {
        entry.told = each.word.sequence > entry.toldSequence ? UNKNOWN : entry.told;
        look(entry);
      }
    }
  }

  /** Once a tick: notes whose word is to be repeated, a part of them all at a time. */
  void renew(long nowNanos) {
    int left = Math.max(LEAST, held.size() / PART + 1);
    for (Entry entry : held) {
      if (left-- == 0 || nowNanos - entry.toldNanos < RENEW_MILLIS * MILLI) {
        break;
      }
      if (entry.asking == 0 && !entry.telling) {
        dueIn(entry.lane).add(entry);
      }
    }
    for (Set<Entry> entries : due.values()) {
      for (Entry entry : List.copyOf(entries)) {
        if (entry.inUse == 0 && nowNanos - entry.toldNanos > HELD_MILLIS * MILLI) {
          forget(entry); // by now Redis has forgotten it as well
        }
      }
    }
  }

  /** Redis may have lost all that it was told: it is told again, a part at each tick. */
  void forgotten(long nowNanos) {
    for (Entry entry : held) {
      entry.told = UNKNOWN;
      entry.toldNanos = nowNanos - RENEW_MILLIS * MILLI;
    }
  }

  /** The node goes: it holds nothing any more. */
  void giveUp() {
    for (Entry entry : List.copyOf(held)) {
      hold(entry, -entry.inUse);
      look(entry);
    }
  }
}
