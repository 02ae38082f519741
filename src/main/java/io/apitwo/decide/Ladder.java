package io.apitwo.decide;

import io.apitwo.bus.Forget;
import io.apitwo.count.Charged;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.telemetry.LadderMeter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
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
   * here, as far as it granted that much, wherever its count can stand for that. Elsewhere all that
   * it granted goes back, and what passed here is to be charged.
   *
   * @return what goes back
   */
  List<Return> decidedLate(Charge charge, @Nullable Grant local, Grant late) {
    long granted = (long) late.granted() + late.leased();
    int passed = local == null ? 0 : local.granted();
    long counted = Math.min(granted, passed);
    BitSet stands = standing(charge, local, late);
    BitSet falls = (BitSet) stands.clone();
    falls.flip(0, charge.subjects().size());
    List<Return> back = new ArrayList<>(2);
    if (local != null) {
      hits.add(charge, stands, passed - counted, local.standing());
      hits.add(charge, falls, passed, local.standing());
    }
    giveBack(charge, stands, granted - counted, late, back);
    giveBack(charge, falls, granted, late, back);
    return back;
  }

  private static void giveBack(
      Charge charge, BitSet which, long count, Grant late, List<Return> to) {
    if (count > 0 && !which.isEmpty()) {
      Receipt receipt = late.standing().receipt().part(charge, which);
      to.add(new Return(charge.part(which), count, receipt));
    }
  }

  /**
   * The limits for which it is the same whether the store counted something or this node did.
   * Permits of the store would never come back, since what passed here gives back those that it got
   * here. Sliding windows and tokens take nothing back, so their counts have to stand in any case.
   */
  private static BitSet standing(Charge charge, @Nullable Grant local, Grant late) {
    BitSet stands = new BitSet();
    int bucket = 0;
    for (int i = 0; i < charge.subjects().size(); i++) {
      Limit limit = charge.subjects().get(i).limit();
      int end = bucket + limit.quotas().size();
      stands.set(
          i,
          switch (limit.algorithm()) {
            case CONCURRENCY -> false;
            case FIXED ->
                local == null || sameWindows(local.standing(), late.standing(), bucket, end);
            case SLIDING, TOKEN_BUCKET -> true;
          });
      bucket = end;
    }
    return stands;
  }

  private static boolean sameWindows(Standing one, Standing other, int from, int to) {
    return Arrays.equals(one.receipt().windows(), from, to, other.receipt().windows(), from, to);
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

  /** A call is over that was to charge hits. */
  void charged(List<Hit> sent, Charged what) {
    long inDoubt = amount(what.inDoubt());
    meter.charged(amount(sent) - inDoubt - amount(what.undone()));
    meter.inDoubt(inDoubt);
    hits.putBack(what.undone());
  }

  private static long amount(List<Hit> hits) {
    return hits.stream().mapToLong(Hit::amount).sum();
  }
}
