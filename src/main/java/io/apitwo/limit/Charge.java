package io.apitwo.limit;

import java.util.BitSet;
import java.util.List;

/**
 * What one request asks for: a cost against every bucket of its subjects. It passes whole or
 * charges nothing.
 *
 * <p>The buckets of a charge are numbered: those of the first subject in the order of its quotas,
 * then those of the next. {@link Decision} and {@link Grant} speak of buckets by these numbers.
 */
public final class Charge {
  /** The largest cost of one request. */
  public static final long MOST_COST = 1_000_000;

  private final List<Subject> subjects;
  private final long cost;
  private final int buckets;
  private final boolean leasable;
  private final boolean permits;
  private final boolean refundable;
  private final int hash;

  /**
   * @param subjects at least one, each limit at most once
   * @param cost 1 to {@value #MOST_COST}
   */
  public Charge(List<Subject> subjects, long cost) {
    if (cost < 1 || cost > MOST_COST) {
      throw new IllegalArgumentException("cost: " + cost + " (expected: 1 to " + MOST_COST + ")");
    }
    this.subjects = List.copyOf(subjects);
    this.cost = cost;
    int quotas = 0;
    boolean allLeasable = true;
    boolean anyPermits = false;
    boolean anyRefundable = false;
    int hashed = Long.hashCode(cost);
    for (int i = 0; i < this.subjects.size(); i++) {
      Subject subject = this.subjects.get(i);
      refuseTwice(subject.limit(), i);
      quotas += subject.limit().quotas().size();
      allLeasable &= subject.limit().isLeasable();
      anyPermits |= subject.limit().algorithm() == Algorithm.CONCURRENCY;
      anyRefundable |= subject.limit().refundable();
      hashed = 31 * hashed + subject.hashCode();
    }
    if (quotas == 0) {
      throw new IllegalArgumentException("no subject (expected: at least one)");
    }
    this.buckets = quotas;
    this.leasable = allLeasable;
    this.permits = anyPermits;
    this.refundable = anyRefundable;
    this.hash = hashed;
  }

  private void refuseTwice(Limit limit, int before) {
    for (int i = 0; i < before; i++) {
      if (subjects.get(i).limit().name().equals(limit.name())) {
        throw new IllegalArgumentException("limit " + limit.name() + " twice in one charge");
      }
    }
  }

  public List<Subject> subjects() {
    return subjects;
  }

  /** In cost units, 1 to {@value #MOST_COST}. */
  public long cost() {
    return cost;
  }

  /** Whether it can be paid ahead: every one of its limits allows it. */
  public boolean isLeasable() {
    return leasable;
  }

  /**
   * What becomes of it while the store gives no answer: one limit that denies decides; else those
   * that are kept locally do; it passes freely when all of its limits allow that.
   */
  public OnStoreFailure onStoreFailure() {
    OnStoreFailure all = OnStoreFailure.ALLOW;
    for (Subject subject : subjects) {
      OnStoreFailure each = subject.limit().onStoreFailure();
      if (each == OnStoreFailure.DENY) {
        return each;
      }
      all = each == OnStoreFailure.LOCAL ? each : all;
    }
    return all;
  }

  /** Whether what it takes of a limit must come back when its request ends: concurrency. */
  public boolean holdsPermits() {
    return permits;
  }

  /** Whether some of it may come back when the response to its request is known. */
  public boolean isRefundable() {
    return refundable;
  }

  /**
   * The part of it that some of its limits charge.
   *
   * @param which positions in {@link #subjects}; at least one
   */
  public Charge part(BitSet which) {
    return which.cardinality() == subjects.size()
        ? this
        : new Charge(which.stream().mapToObj(subjects::get).toList(), cost);
  }

  /** How many buckets the charge touches: the quotas of all its subjects. */
  public int buckets() {
    return buckets;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof Charge that
            && hash == that.hash
            && cost == that.cost
            && subjects.equals(that.subjects));
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return "Charge[cost=" + cost + ", subjects=" + subjects.size() + "]";
  }
}
