package io.apitwo.telemetry;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;

/** What one event loop decides, counted by limit, verdict and source. Called on that loop alone. */
public interface DecisionMeter {
  /** Who decided. */
  enum Source {
    /** A lease that the loop held: nobody was asked. */
    LEASE,
    /** The store, in a batch. */
    BATCH,
    /** What the loop remembered of an earlier refusal: nobody was asked. */
    OVER_LIMIT_CACHE,
    /** The node itself, or the rules, since the store could not say. */
    DEGRADED
  }

  /** Counts nothing. */
  DecisionMeter NONE =
      new DecisionMeter() {
        @Override
        public void decided(Decision decision, Source source) {}

        @Override
        public void degraded(Charge charge, boolean allowed) {}

        @Override
        public void leased(long cost) {}

        @Override
        public void spentOrReturned(long cost) {}

        @Override
        public void stranded(long cost) {}

        @Override
        public void refunded(long cost) {}
      };

  /** One request was decided. */
  void decided(Decision decision, Source source);

  /** One request was answered by what its limits want when nobody can say. */
  void degraded(Charge charge, boolean allowed);

  /** So much more quota, in cost units, is held on lease now. */
  void leased(long cost);

  /** So much quota on lease was spent, or given back. */
  void spentOrReturned(long cost);

  /**
   * So much quota on lease was lost: its window ended before it was spent or given back. That it is
   * on lease no longer is said by {@link #spentOrReturned} besides.
   */
  void stranded(long cost);

  /** So much quota, in cost units, was given back since responses said so; once for each limit. */
  void refunded(long cost);
}
