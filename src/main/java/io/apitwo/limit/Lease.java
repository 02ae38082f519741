package io.apitwo.limit;

/**
 * How much may be leased: the specification that every store follows. A lease is paid ahead, so no
 * size can admit too much; the bounds keep what idle holders strand small, and the last stretch of
 * a quota exact.
 *
 * <p>Per bucket, in cost units: at most a twentieth of the quota for all holders of a node, and at
 * most what is left above the reserve, shared by twice the number of holders, so that any one
 * holder can come again. The reserve is a tenth of the quota; quotas under {@value #LEAST_QUOTA}
 * are never leased. In the last second of the shortest window a wish counts in proportion to the
 * time left.
 */
public final class Lease {
  /** Below it all of a quota is reserve. */
  public static final long LEAST_QUOTA = 200;

  private static final long SHARE = 20;
  private static final long RESERVE_SHARE = 10;

  private Lease() {}

  /**
   * What of a bucket may be leased to one holder, in cost units.
   *
   * @param holders who may hold leases at once, on all nodes
   * @param perNode how many of them each node has
   */
  public static long most(long quota, long left, int holders, int perNode) {
    if (quota < LEAST_QUOTA) {
      return 0;
    }
    long spare = left - quota / RESERVE_SHARE;
    return spare <= 0 ? 0 : Math.min(quota / SHARE / perNode, spare / (2L * holders));
  }

  /** What of a wish counts when the shortest window ends in so many milliseconds. */
  public static int timely(int wish, long shortestMillis) {
    return shortestMillis >= 1_000 ? wish : (int) (wish * shortestMillis / 1_000);
  }
}
