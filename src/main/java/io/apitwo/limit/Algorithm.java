package io.apitwo.limit;

/** How a limit counts. */
public enum Algorithm {
  /** Calendar windows, each counted from zero. */
  FIXED,
  /** Calendar windows, the one before counted in proportion to what is left of the current one. */
  SLIDING,
  /** Tokens that come back at a steady rate, up to a burst. */
  TOKEN_BUCKET,
  /** Requests in flight at once. */
  CONCURRENCY;

  private final String word = name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');

  /** Whether it counts in calendar windows, so that a limit can have several quotas. */
  public boolean hasWindows() {
    return this == FIXED || this == SLIDING;
  }

  /** Its name in rules, and in refusals of algorithms without windows: {@code "token-bucket"}. */
  public String word() {
    return word;
  }
}
