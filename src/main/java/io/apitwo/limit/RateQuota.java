package io.apitwo.limit;

/**
 * A bucket of tokens that fills at a steady rate.
 *
 * <p>Arithmetic is in whole units, exact for any rate: a token is worth {@link #unit} units, and
 * {@link #refill} of them come back each microsecond. Ten a second are 1 unit a microsecond and
 * 100,000 units a token.
 *
 * @param tokens how many come back in a period, 1 to {@value Quota#MOST}
 * @param periodMicros the period in microseconds, at least 1
 * @param burst what a full bucket holds, 1 to {@value Quota#MOST}
 */
public record RateQuota(long tokens, long periodMicros, long burst) implements Quota {
  /** All of a bucket, in units, is a number that Lua holds exactly, with room for one charge. */
  public static final long MOST_UNITS = 1L << 52;

  public RateQuota {
    Quota.check("rate", tokens);
    Quota.check("period", periodMicros);
    Quota.check("burst", burst);
    long unit = periodMicros / gcd(tokens, periodMicros);
    if (burst > MOST_UNITS / unit || tokens / gcd(tokens, periodMicros) > MOST_UNITS) {
      throw new IllegalArgumentException(
          "burst: " + burst + " (expected: at most " + MOST_UNITS / unit + " at that rate)");
    }
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  /** What a token is worth, in units. */
  public long unit() {
    return periodMicros / gcd(tokens, periodMicros);
  }

  /** How many units come back in a microsecond. */
  public long refill() {
    return tokens / gcd(tokens, periodMicros);
  }

  @Override
  public long amount() {
    return burst;
  }

  @Override
  public String word() {
    return Algorithm.TOKEN_BUCKET.word();
  }

  @Override
  public long nominalSeconds() {
    double micros = (double) burst * periodMicros / tokens;
    return Math.max(1, (long) Math.ceil(micros / 1_000_000));
  }

  @Override
  public RateQuota share(int nodes) {
    long part = Math.max(1, burst / nodes);
    return tokens % nodes == 0
        ? new RateQuota(tokens / nodes, periodMicros, part)
        : new RateQuota(tokens, periodMicros * nodes, part);
  }
}
