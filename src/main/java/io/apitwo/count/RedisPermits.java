package io.apitwo.count;

import io.apitwo.count.RedisHolding.Owner;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Subject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  private final byte[] holder;
  private final ToIntFunction<String> lanes;
  private final Map<Owner, RedisHolding> holdings = new HashMap<>();
  private final Set<RedisHolding> held = new LinkedHashSet<>(); // in the order of their last words
  private final RedisDue due = new RedisDue();
  private long sequence;
  private long inUse;

  /**
   * What a call says of one client and limit.
   *
   * @param holds how much the node holds without this call
   */
  record Word(long sequence, long holds) {}

  /** A word that is told for its own sake. */
  record Telling(RedisHolding holding, Word word) {
    byte[] key() {
      return holding.key;
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
    return holdings.size();
  }

  /** Whether nobody asks for the permits of any of these demands just now. */
  boolean isFree(List<Demand> demands) {
    for (Demand demand : demands) {
      Charge charge = demand.charge();
      if (charge.holdsPermits()) {
        for (Subject subject : charge.subjects()) {
          RedisHolding holding = holdings.get(Owner.of(subject));
          if (holding != null && holding.isAsking() && isConcurrency(subject)) {
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
    RedisHolding holding = holdings.get(owner);
    if (holding == null) {
      int lane = lanes.applyAsInt(subject.client());
      holding = new RedisHolding(owner, RedisKeys.of(subject), lane);
      holdings.put(owner, holding);
    }
    if (!holding.isAsking()) {
      due.remove(holding);
    }
    return holding.ask(++sequence);
  }

  /** A group that asked has its answer. */
  void granted(Subject subject, long amount, long nowNanos) {
    RedisHolding holding = holdings.get(Owner.of(subject));
    if (holding != null && holding.isAsking()) {
      holding.granted(amount);
      noteHeld(holding, amount);
      landed(holding, nowNanos);
    }
  }

  /** A group that asked will get no answer, or none that tells what Redis did. */
  void unanswered(Subject subject, long nowNanos) {
    RedisHolding holding = holdings.get(Owner.of(subject));
    if (holding != null && holding.isAsking()) {
      holding.unanswered();
      landed(holding, nowNanos);
    }
  }

  private void landed(RedisHolding holding, long nowNanos) {
    if (holding.landed()) {
      heard(holding, holding.heard(holding.asked(), nowNanos));
    }
  }

  /** Permits that are held no more. */
  void giveBack(Subject subject, long amount) {
    RedisHolding holding = holdings.get(Owner.of(subject));
    if (holding != null) {
      release(holding, Math.min(amount, holding.inUse()));
    }
  }

  private void release(RedisHolding holding, long amount) {
    holding.hold(-amount);
    noteHeld(holding, -amount);
    look(holding);
  }

  private void noteHeld(RedisHolding holding, long more) {
    inUse += more;
    if (holding.inUse() == 0) {
      held.remove(holding);
    } else {
      held.add(holding);
    }
  }

  private void heard(RedisHolding holding, boolean news) {
    if (news && held.remove(holding)) {
      held.add(holding);
    }
    look(holding);
  }

  /** Notes that a word is due, or forgets what nobody needs to know. */
  private void look(RedisHolding holding) {
    if (holding.isInTheAir()) {
      return; // when that has landed
    }
    if (holding.isMistaken()) {
      due.add(holding);
    } else if (holding.inUse() == 0) {
      forget(holding);
    }
  }

  private void forget(RedisHolding holding) {
    holdings.remove(holding.owner);
    due.remove(holding);
  }

  /** The lanes that words are due in. */
  Set<Integer> lanesDue() {
    return due.lanes();
  }

  /** Words that are due and told now; at most so many. */
  List<Telling> takeDue(int lane, int most) {
    List<Telling> words = new ArrayList<>();
    for (RedisHolding holding : due.take(lane, most)) {
      words.add(new Telling(holding, holding.tell(++sequence)));
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
      heard(each.holding, each.holding.told(each.word, heard, nowNanos));
    }
  }

  /** Once a tick: notes whose word is to be repeated, a part of them all at a time. */
  void renew(long nowNanos) {
    int left = Math.max(LEAST, held.size() / PART + 1);
    for (RedisHolding holding : held) {
      if (left-- == 0 || nowNanos - holding.toldNanos() < RENEW_MILLIS * MILLI) {
        break;
      }
      if (!holding.isInTheAir()) {
        due.add(holding);
      }
    }
    for (RedisHolding holding : due.all()) {
      if (holding.inUse() == 0 && nowNanos - holding.toldNanos() > HELD_MILLIS * MILLI) {
        forget(holding); // by now Redis has forgotten it as well
      }
    }
  }

  /** Redis may have lost all that it was told: it is told again, a part at each tick. */
  void forgotten(long nowNanos) {
    held.forEach(holding -> holding.forgotten(nowNanos - RENEW_MILLIS * MILLI));
  }

  /** The node goes: it holds nothing any more. */
  void giveUp() {
    List.copyOf(held).forEach(holding -> release(holding, holding.inUse()));
  }
}
