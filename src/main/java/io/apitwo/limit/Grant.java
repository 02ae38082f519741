package io.apitwo.limit;

/**
 * A store's answer to a {@link Demand}: how many of its charges passed, how many more are held on
 * lease, and where every bucket stands. Those that passed are the first ones; the others charged
 * nothing.
 *
 * @param granted how many of the demand's charges passed
 * @param leased how many charges were paid ahead, to be spent until {@link
 *     Standing#validUntilNanos}; not more than was wished for
 * @param before how many charges passed before these, when several askers share one answer
 * @param allGranted how many passed in all, over those askers
 */
public record Grant(int granted, int leased, int before, int allGranted, Standing standing) {

  /** For a demand of one asker. */
  public Grant(int granted, int leased, Standing standing) {
    this(granted, leased, 0, granted, standing);
  }

  /** What one bucket has left, in cost units, after all that was granted and leased. */
  public long left(int bucket) {
    return standing.left()[bucket];
  }

  /** How long until one bucket's window ends, in milliseconds since the store was asked. */
  public long resetMillis(int bucket) {
    return standing.resetMillis()[bucket];
  }

  /**
   * The part of one asker whose charges came after others.
   *
   * @param skipped how many charges of earlier askers this grant answers as well
   * @param count how many charges the asker has
   * @param lease the asker's share of what was leased
   */
  public Grant share(int skipped, int count, int lease) {
    int mine = Math.max(0, Math.min(count, granted - skipped));
    return new Grant(mine, lease, Math.min(skipped, granted), allGranted, standing);
  }

  /**
   * The decision for one of the demand's charges.
   *
   * @param charge the demand's charge
   * @param position 0 for the charge that came first
   * @param nowNanos this instant of the nano clock
   */
  public Decision decision(Charge charge, int position, long nowNanos) {
    boolean allowed = position < granted;
    long after = allowed ? allGranted - before - 1L - position : 0;
    return new Decision(charge, allowed, standing, (after + leased) * charge.cost(), nowNanos);
  }
}
