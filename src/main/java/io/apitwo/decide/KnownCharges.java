package io.apitwo.decide;

import io.apitwo.limit.Charge;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The charges of which a loop knows something, by charge, limits included, so that rules which
 * change a limit forget nothing and mix nothing up.
 *
 * <p>Bounded: at the ceiling those without a lease are forgotten, a few with each newcomer; when
 * all have one, newcomers find no room. Confined to one event loop.
 */
final class KnownCharges {
  private static final int EXAMINED = 4;
  private static final int FREQUENT_SECONDS = 1;
  private static final int SLOT_SHIFT = 18; // 16,384 slots
  private static final long SECOND = 1_000_000_000L;

  private final int most;
  private final Map<Charge, KnownCharge> known = new HashMap<>();
  private final ArrayDeque<KnownCharge> ring = new ArrayDeque<>();
  private final long[] lately = new long[1 << 32 - SLOT_SHIFT];

  /**
   * @param most how many charges are known at once
   */
  KnownCharges(int most) {
    this.most = most;
  }

  int size() {
    return ring.size();
  }

  @Nullable KnownCharge find(Charge charge) {
    return known.get(charge);
  }

  void forEach(Consumer<KnownCharge> each) {
    ring.forEach(each);
  }

  /** What is known of a charge from now on; null when there is no room for it. */
  @Nullable KnownCharge make(Charge charge, long nowNanos) {
    KnownCharge found = known.get(charge);
    if (found != null) {
      return found;
    }
    forgetSome(nowNanos);
    if (ring.size() >= most) {
      return null;
    }
    KnownCharge added = new KnownCharge(charge, nowNanos);
    known.put(charge, added);
    ring.add(added);
    return added;
  }

  /**
   * Whether a charge was answered before within {@value #FREQUENT_SECONDS} s, as far as can be told
   * without an entry: of those that share a slot the last one counts. Clients that come once in a
   * while would otherwise fill the table with entries that serve nobody.
   */
  boolean isFrequent(Charge charge, long nowNanos) {
    int hash = charge.hashCode() * 0x9E3779B9;
    int second = (int) (nowNanos / SECOND);
    int slot = hash >>> SLOT_SHIFT;
    long seen = lately[slot];
    lately[slot] = (long) hash << 32 | second & 0xffffffffL;
    return (int) (seen >> 32) == hash && second - (int) seen <= FREQUENT_SECONDS;
  }

  /** A few a call, more than a call may add. */
  private void forgetSome(long nowNanos) {
    int examined = ring.size() < most / 2 ? 0 : EXAMINED;
    for (int i = 0; i < examined && !ring.isEmpty(); i++) {
      KnownCharge oldest = ring.remove();
      boolean busy = oldest.rate.isRecent(nowNanos) || oldest.wished > 0;
      boolean room = ring.size() < most - EXAMINED;
      if (oldest.lease != null || ((oldest.isRefused(nowNanos) || busy) && room)) {
        ring.add(oldest);
      } else {
        known.remove(oldest.charge);
      }
    }
  }
}
