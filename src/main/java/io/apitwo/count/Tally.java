package io.apitwo.count;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Counter;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Permits;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.SlidingCounter;
import io.apitwo.limit.TokenBucket;
import io.apitwo.limit.Window;
import io.apitwo.limit.WindowCounts;
import io.apitwo.limit.WindowQuota;
import org.jspecify.annotations.Nullable;

/**
 * What the embedded store keeps of one client and one limit: one of the records of {@code limit},
 * and how it answers the questions that are the same for all of them. Time is in microseconds.
 *
 * <p>Not safe for use by several threads.
 */
abstract class Tally {
  final String limit;
  final Algorithm algorithm;
  final String client;

  /** Tells the lives of a client's counts apart, once forgotten. */
  final long epoch;

  /** Until when somebody may hold leases, in milliseconds. */
  long leasedUntilMillis;

  /** Whether anything was charged to it. */
  boolean used;

  private Tally(Limit limit, String client, long epoch) {
    this.limit = limit.name();
    this.algorithm = limit.algorithm();
    this.client = client;
    this.epoch = epoch;
  }

  static Tally of(Limit limit, String client, long epoch) {
    return switch (limit.algorithm()) {
      case FIXED -> new Windows(limit, client, epoch, new Counter());
      case SLIDING -> new Windows(limit, client, epoch, new SlidingCounter());
      case TOKEN_BUCKET -> new Tokens(limit, client, epoch);
      case CONCURRENCY -> new InFlight(limit, client, epoch);
    };
  }

  /** The window in which a charge would count now; {@link Receipt#NO_WINDOW} without any. */
  long window(Limit limit, Quota quota, long now) {
    return Receipt.NO_WINDOW;
  }

  /** What is left of a quota, in cost units; never negative. */
  abstract long left(Limit limit, Quota quota, long now);

  abstract void charge(Limit limit, Quota quota, long cost, long now);

  /** As {@link io.apitwo.limit.Standing#resetMillis}. */
  abstract long resetMillis(Limit limit, Quota quota, long now);

  /** As {@link io.apitwo.limit.Standing#retryMillis}, of a cost that does not fit. */
  abstract long retryMillis(Limit limit, Quota quota, long cost, long now);

  /**
   * Begins with what another tally of the same limit has: its client is one of those who have
   * counted there.
   */
  abstract void inherit(Limit limit, Tally from, long now);

  /** Takes back what comes back when a request was served, or when it was not. */
  abstract void giveBack(Quota quota, long window, long cost, boolean spent);

  /** Whether forgetting it changes nothing. */
  abstract boolean isOver(long now);

  private static final class Windows extends Tally {
    private final WindowCounts counts;

    Windows(Limit limit, String client, long epoch, WindowCounts counts) {
      super(limit, client, epoch);
      this.counts = counts;
    }

    private static Window kind(Quota quota) {
      return ((WindowQuota) quota).window();
    }

    /** The instant of the client's calendar, in milliseconds. */
    private long at(Limit limit, Quota quota, long now) {
      return Math.floorDiv(now, 1_000) + limit.shiftMillis(kind(quota), client);
    }

    @Override
    long window(Limit limit, Quota quota, long now) {
      return counts.number(kind(quota), at(limit, quota, now));
    }

    @Override
    long left(Limit limit, Quota quota, long now) {
      return counts.left((WindowQuota) quota, at(limit, quota, now));
    }

    @Override
    void charge(Limit limit, Quota quota, long cost, long now) {
      counts.charge(kind(quota), cost, at(limit, quota, now));
    }

    @Override
    long resetMillis(Limit limit, Quota quota, long now) {
      return counts.resetMillis(kind(quota), at(limit, quota, now));
    }

    @Override
    long retryMillis(Limit limit, Quota quota, long cost, long now) {
      return counts.retryMillis((WindowQuota) quota, cost, at(limit, quota, now));
    }

    /** By its own calendar: where the two differ, something counts for longer. */
    @Override
    void inherit(Limit limit, Tally from, long now) {
      long millis = Math.floorDiv(now, 1_000);
      for (Window window : Window.values()) {
        long there = millis + limit.shiftMillis(window, from.client);
        long amount = ((Windows) from).counts.used(window, there);
        if (amount > 0) {
          counts.charge(window, amount, millis + limit.shiftMillis(window, client));
        }
      }
    }

    @Override
    void giveBack(Quota quota, long window, long cost, boolean spent) {
      if (!spent) {
        counts.giveBack(kind(quota), window, cost);
      }
    }

    /** Shifts only make windows end earlier, so by UTC's calendar it is never over too soon. */
    @Override
    boolean isOver(long now) {
      return counts.isOver(Math.floorDiv(now, 1_000));
    }
  }

  private static final class Tokens extends Tally {
    private TokenBucket bucket = new TokenBucket();
    private @Nullable RateQuota rate;

    Tokens(Limit limit, String client, long epoch) {
      super(limit, client, epoch);
    }

    private RateQuota at(Quota quota) {
      rate = (RateQuota) quota;
      return rate;
    }

    @Override
    long left(Limit limit, Quota quota, long now) {
      return bucket.left(at(quota), now);
    }

    @Override
    void charge(Limit limit, Quota quota, long cost, long now) {
      bucket.charge(at(quota), cost, now);
    }

    @Override
    long resetMillis(Limit limit, Quota quota, long now) {
      return bucket.resetMillis(at(quota), now);
    }

    @Override
    long retryMillis(Limit limit, Quota quota, long cost, long now) {
      return bucket.retryMillis(at(quota), cost, now);
    }

    @Override
    void inherit(Limit limit, Tally from, long now) {
      bucket = new TokenBucket(((Tokens) from).bucket);
      rate = ((Tokens) from).rate;
    }

    /** What has come back by itself meanwhile would come back twice. */
    @Override
    void giveBack(Quota quota, long window, long cost, boolean spent) {}

    @Override
    boolean isOver(long now) {
      return rate == null || bucket.isOver(rate, now);
    }
  }

  /** This process is the one holder of all permits, and never falls silent. */
  private static final class InFlight extends Tally {
    private static final long HOLDER = 0;

    private final Permits permits = new Permits();
    private long sequence;
    private long held;

    /** Where requests of this client may be in flight as well. */
    private @Nullable InFlight beside;

    InFlight(Limit limit, String client, long epoch) {
      super(limit, client, epoch);
    }

    @Override
    long left(Limit limit, Quota quota, long now) {
      long elsewhere = beside == null ? 0 : beside.held;
      return permits.left((ConcurrencyQuota) quota, HOLDER, sequence + 1, held + elsewhere, now);
    }

    @Override
    void charge(Limit limit, Quota quota, long cost, long now) {
      hold(held + cost);
    }

    /** What is in flight there ends there. */
    @Override
    void inherit(Limit limit, Tally from, long now) {
      beside = (InFlight) from;
    }

    private void hold(long amount) {
      held = amount;
      permits.hold(HOLDER, ++sequence, held, Long.MAX_VALUE, 0);
    }

    @Override
    long resetMillis(Limit limit, Quota quota, long now) {
      return 0;
    }

    @Override
    long retryMillis(Limit limit, Quota quota, long cost, long now) {
      return 0;
    }

    @Override
    void giveBack(Quota quota, long window, long cost, boolean spent) {
      hold(Math.max(0, held - cost));
    }

    @Override
    boolean isOver(long now) {
      return permits.isOver(now);
    }
  }
}
