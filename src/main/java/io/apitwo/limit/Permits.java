package io.apitwo.limit;

import java.util.HashMap;
import java.util.Map;

/**
 * What one client has in flight, on all nodes: the specification of concurrency limits, and the
 * record that the embedded store keeps. Each holder (a node) says how much it holds in all, not
 * what has changed, so that a lost word mends itself with the next one; a word that is older than
 * the last one heard changes nothing; and a holder that says nothing for a while holds nothing, and
 * is forgotten when another speaks. A holder that holds nothing is forgotten at once: an older word
 * that comes still later counts for as long as words do, which admits too little and never too
 * much.
 *
 * <p>Not safe for use by several threads.
 */
public final class Permits {
  private final Map<Long, Held> holders = new HashMap<>();

  private record Held(long sequence, long amount, long untilMicros) {}

  /**
   * What a holder may take beside what it says it holds, in cost units; 0 when it has said
   * something later already.
   *
   * @param holder who asks
   * @param sequence of its word; grows from word to word
   * @param holds what it holds and may hold by asks whose answer it does not know
   */
  public long left(ConcurrencyQuota quota, long holder, long sequence, long holds, long nowMicros) {
    if (isStale(holder, sequence)) {
      return 0;
    }
    long others = 0;
    for (Map.Entry<Long, Held> other : holders.entrySet()) {
      boolean counts = other.getKey() != holder && other.getValue().untilMicros() > nowMicros;
      others += counts ? other.getValue().amount() : 0;
    }
    return Math.max(0, quota.max() - others - holds);
  }

  /** Writes down what a holder holds now; does nothing when it has said something later. */
  public void hold(long holder, long sequence, long holds, long untilMicros, long nowMicros) {
    if (isStale(holder, sequence)) {
      return;
    }
    holders.values().removeIf(held -> held.untilMicros() <= nowMicros);
    if (holds > 0) {
      holders.put(holder, new Held(sequence, holds, untilMicros));
    } else {
      holders.remove(holder);
    }
  }

  private boolean isStale(long holder, long sequence) {
    Held said = holders.get(holder);
    return said != null && said.sequence() >= sequence;
  }

  /** What is held in all. */
  public long held(long nowMicros) {
    long held = 0;
    for (Held each : holders.values()) {
      held += each.untilMicros() > nowMicros ? each.amount() : 0;
    }
    return held;
  }

  /** Whether nobody holds anything, so that forgetting it changes nothing. */
  public boolean isOver(long nowMicros) {
    return held(nowMicros) == 0;
  }
}
