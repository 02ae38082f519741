package io.apitwo.decide;

import io.apitwo.bus.Forget;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.telemetry.LadderMeter;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of charges while the store cannot say, and what follows when it can again: what
 * passed meanwhile is charged to it once, unless it had counted it already.
 *
 * <p>Confined to one thread.
 */
final class Ladder {
  static final int MOST_HITS = 100_000;

  private final LocalShare share;
  private final IntSupplier liveNodes;
  private final LadderMeter meter;
  private final Hits hits;

  /**
   * @param liveNodes how many nodes share each limit; at least 1
   */
  Ladder(LocalShare share, IntSupplier liveNodes, LadderMeter meter) {
    this.share = share;
    this.liveNodes = liveNodes;
    this.meter = meter;
    this.hits = new Hits(MOST_HITS, meter);
  }

  /**
   * Decides in the store's stead. What it grants is not to be charged to the store before {@link
   * #remember} says so.
   *
   * @return null where a limit denies without the store
   */
  @Nullable Grant decide(Charge charge, int count) {
    if (count == 0 || charge.onStoreFailure() == OnStoreFailure.DENY) {
      return null;
    }
    Grant grant = share.decide(charge, count, liveNodes.getAsInt());
    meter.passed(grant.granted() * charge.cost());
    return grant;
  }

  /** What was decided here is not counted in the store, and never will be otherwise. */
  void remember(Charge charge, @Nullable Grant local) {
    if (local != null && local.granted() > 0) {
      hits.add(charge, local.granted(), local.standing());
    }
  }

  /** The store has decided. */
  void decided(Charge charge, Grant grant) {
    share.noteLeft(charge, grant.standing());
  }

  /**
   * The store has decided after all what was decided here meanwhile: it has counted what passed
   * here, as far as it granted that much in the same windows. Not so where permits are held: those
   * of the store would never come back, since what passed here gives back those that it got here.
   *
   * @return what it granted beyond, to be given back; null for nothing
   */
  @Nullable Return decidedLate(Charge charge, @Nullable Grant local, Grant late) {
    int granted = late.granted() + late.leased();
    int passed = local == null ? 0 : local.granted();
    boolean same =
        local == null || !charge.holdsPermits() && sameWindows(local.standing(), late.standing());
    int counted = same ? Math.min(granted, passed) : 0;
    if (passed > counted && local != null) {
      hits.add(charge, passed - counted, local.standing());
    }
    return granted == counted
        ? null
        : new Return(charge, granted - counted, late.standing().receipt());
  }

  private static boolean sameWindows(Standing one, Standing other) {
    return Arrays.equals(one.receipt().windows(), other.receipt().windows());
  }

  /** Takes back what was granted here; what did not pass after all is not to be charged either. */
  void giveBack(Return back) {
    share.giveBack(back);
    if (!back.spent()) {
      hits.subtract(back.charge(), back.count(), back.receipt());
    }
  }

  /** What passed here before the store forgot what a client had used is not to be charged to it. */
  void forget(Forget forgotten) {
    hits.drop(forgotten::concerns);
    share.forget(forgotten);
  }

  /** How many clients are kept apart here, once for each limit; roughly so on another thread. */
  int shares() {
    return share.size();
  }

  /** Of how many clients it is known how little was left; roughly so on another thread. */
  int seen() {
    return share.seen();
  }

  /** Of how many clients something is to be charged; roughly so on another thread. */
  int hits() {
    return hits.size();
  }

  boolean hasHits() {
    return !hits.isEmpty();
  }

  /** Takes what is to be charged before these demands. */
  List<Hit> hitsOf(List<Demand> demands, long nowNanos) {
    return hits.take(demands, nowNanos);
  }

  /** Takes so much of what is to be charged. */
  List<Hit> someHits(int count, long nowNanos) {
    return hits.take(count, nowNanos);
  }

  /**
   * A call is over that was to charge hits.
   *
   * @param uncharged those that certainly were not
   */
  void charged(List<Hit> sent, List<Hit> uncharged) {
    long all = sent.stream().mapToLong(Hit::amount).sum();
    meter.charged(all - uncharged.stream().mapToLong(Hit::amount).sum());
    hits.putBack(uncharged);
  }
}
