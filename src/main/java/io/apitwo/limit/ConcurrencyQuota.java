package io.apitwo.limit;

/**
 * How much one client may have in flight at once.
 *
 * @param max 1 to {@value Quota#MOST}
 */
public record ConcurrencyQuota(long max) implements Quota {
  public ConcurrencyQuota {
    Quota.check("max", max);
  }

  @Override
  public long amount() {
    return max;
  }

  @Override
  public String word() {
    return Algorithm.CONCURRENCY.word();
  }

  @Override
  public long nominalSeconds() {
    return 0;
  }

  @Override
  public ConcurrencyQuota times(double factor) {
    return new ConcurrencyQuota(Quota.times(max, factor, MOST));
  }

  @Override
  public ConcurrencyQuota endless() {
    return new ConcurrencyQuota(MOST);
  }

  @Override
  public ConcurrencyQuota share(int nodes) {
    return new ConcurrencyQuota(Math.max(1, max / nodes));
  }
}
