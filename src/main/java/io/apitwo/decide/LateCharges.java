package io.apitwo.decide;

import io.apitwo.limit.Demand;
import io.apitwo.limit.Hit;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Charges to the store what passed without it: that of a client before its next batch, the rest a
 * call at a time, so that decisions do not wait behind it.
 *
 * <p>Confined to the limiter's thread.
 */
final class LateCharges {
  /** How long nothing more is charged after the store has refused it. */
  private static final long REST_MILLIS = 100;

  private final Limiter.Store store;
  private final Ladder ladder;
  private final Limiter.Outside outside;
  private final LongSupplier nanoClock;
  private final int most;
  private boolean charging;
  private boolean chargesLater;
  private boolean refused;

  /**
   * @param ladder remembers what is to be charged
   * @param most how many hits a call carries
   */
  LateCharges(
      Limiter.Store store,
      Ladder ladder,
      Limiter.Outside outside,
      LongSupplier nanoClock,
      int most) {
    this.store = store;
    this.ladder = ladder;
    this.outside = outside;
    this.nanoClock = nanoClock;
    this.most = most;
  }

  /** Charges what is to be charged before these demands are decided. */
  void chargeBefore(List<Demand> demands) {
    if (ladder.hasHits() && !refused) {
      charge(ladder.hitsOf(demands, nanoClock.getAsLong()), () -> {});
    }
  }

  /** Whoever can be asked now may be another than a moment ago. */
  void storeChanged() {
    refused = false;
    chargeSome();
  }

  /** Charges before long, if there is anything to charge. */
  void chargeLater() {
    if (!chargesLater && ladder.hasHits()) {
      chargesLater = true;
      outside.after(
          REST_MILLIS,
          () -> {
            chargesLater = false;
            chargeSome();
          });
    }
  }

  /** Charges what nobody has asked about, one call at a time. */
  private void chargeSome() {
    if (charging || !store.isAvailable()) {
      chargeLater();
      return;
    }
    List<Hit> some = ladder.someHits(most, nanoClock.getAsLong());
    if (!some.isEmpty()) {
      charging = true;
      charge(
          some,
          () -> {
            charging = false;
            if (refused) {
              chargeLater();
            } else {
              outside.after(1, this::chargeSome);
            }
          });
    }
  }

  private void charge(List<Hit> hits, Runnable done) {
    if (hits.isEmpty()) {
      return;
    }
    store.charge(
        hits,
        charged -> {
          ladder.charged(hits, charged);
          refused = !charged.undone().isEmpty();
          chargeLater();
          done.run();
        });
  }
}
