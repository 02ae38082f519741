package io.apitwo.rules;

/**
 * What a limit's decisions lead to.
 *
 * @param shadow whether it only counts, and says what it would have refused
 * @param refundOn the statuses of responses whose requests get back what they were charged
 */
public record Effect(boolean shadow, Statuses refundOn) {
  /** Refuses, and charges whatever comes of it. */
  public static final Effect BY_DEFAULT = new Effect(false, Statuses.NONE);
}
