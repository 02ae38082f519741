package io.apitwo.limit;

/**
 * How much one client may use in one calendar window, fixed or sliding.
 *
 * @param amount 1 to {@value Quota#MOST}
 */
public record WindowQuota(Window window, long amount) implements Quota {
  public WindowQuota {
    Quota.check("quota", amount);
  }

  @Override
  public String word() {
    return window.word();
  }

  @Override
  public long nominalSeconds() {
    return window.nominalSeconds();
  }

  @Override
  public WindowQuota times(double factor) {
    return new WindowQuota(window, Quota.times(amount, factor, MOST));
  }

  @Override
  public WindowQuota endless() {
    return new WindowQuota(window, MOST);
  }

  @Override
  public WindowQuota share(int nodes) {
    return new WindowQuota(window, Math.max(1, amount / nodes));
  }
}
