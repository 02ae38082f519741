package io.apitwo.limit;

/**
 * A bucket of tokens that fills at a steady rate.
 *
 * <p>Arithmetic is in whole units, exact for any rate: a token is worth {@link #unit} units, and
 * {@link #refill} of them come back each microsecond. Ten a second are 1 unit a microsecond and
 * 100,000 units a token.
 *
 * @param tokens how many come back in a period, 1 to {@value Quota#MOST}
 * @param periodMicros the period in microseconds, 1 to {@value #MOST_UNITS}
 * @param burst what a full bucket holds, 1 to {@link #mostBurst}
 */
public record RateQuota(long tokens, long periodMicros, long burst) implements Quota {
  /** All of a bucket, in units, is a number that Lua holds exactly, with room for one charge. */
  public static final long MOST_UNITS = 1L << 52;

  public RateQuota {
    Quota.check("rate", tokens);
    Quota.check("burst", burst);
    if (periodMicros < 1 || periodMicros > MOST_UNITS) {
      throw new IllegalArgumentException(
          "period: " + periodMicros + " (expected: 1 to " + MOST_UNITS + ")");
    }
    long most = mostBurst(tokens, periodMicros);
    if (burst > most) {
      throw new IllegalArgumentException(
          "burst: " + burst + " (expected: at most " + most + " at that rate)");
    }
  }

  /** The largest burst at a rate, at least 1: a bucket must fit {@link #MOST_UNITS}. */
  public static long mostBurst(long tokens, long periodMicros) {
    return Math.min(MOST, MOST_UNITS / (periodMicros / gcd(tokens, periodMicros)));
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

  /** How long so many tokens take to come back, in nanoseconds, rounded up. */
  public long drainNanos(long owed) {
    return (long) Math.ceil((double) owed * periodMicros * 1_000 / tokens);
  }

  /** How many tokens have not come back yet if it takes them so long, rounded up. */
  public long owed(long drainNanos) {
    return drainNanos <= 0
        ? 0
        : (long) Math.ceil((double) drainNanos * tokens / periodMicros / 1_000);
  }

  /** The rate to a thousandth, if numbers so large can be told; else by its period. */
  @Override
  public RateQuota times(double factor) {
    long thousandths = Math.max(1, Math.round(factor * 1_000));
    long common = gcd(thousandths, 1_000);
    boolean exact =
        refill() <= MOST / (thousandths / common) && unit() <= MOST_UNITS / (1_000 / common);
    long more = exact ? refill() * (thousandths / common) : refill();
    long period = exact ? unit() * (1_000 / common) : Quota.times(unit(), 1 / factor, MOST_UNITS);
    return new RateQuota(more, period, Quota.times(burst, factor, mostBurst(more, period)));
  }

  @Override
  public RateQuota endless() {
    return new RateQuota(tokens, periodMicros, mostBurst(tokens, periodMicros));
  }

  /**
   * Exact, but for periods that are too long to be told once there are more nodes than tokens in
   * the bucket: they stay at the longest, a token in 142 years.
   */
  @Override
  public RateQuota share(int nodes) {
    long common = gcd(nodes, refill());
    long times = nodes / common;
    long period = unit() > MOST_UNITS / times ? MOST_UNITS : unit() * times;
    return new RateQuota(refill() / common, period, Math.max(1, burst / nodes));
  }
}
