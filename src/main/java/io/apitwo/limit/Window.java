package io.apitwo.limit;

import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;

/**
 * A calendar window in UTC. Windows of one kind are numbered from the epoch without gaps, so that a
 * larger number is always a later window: minute 0 is 1970-01-01T00:00, month 0 is January 1970.
 *
 * <p>The order of the constants is the order in which a refusal names its window: the shortest
 * first.
 */
public enum Window {
  SECOND(1_000L),
  MINUTE(60_000L),
  HOUR(3_600_000L),
  DAY(86_400_000L),
  /** Of 28 to 31 days. Its nominal length, which policies announce, is 31 days. */
  MONTH(31 * 86_400_000L) {
    @Override
    public long numberAt(long epochMillis) {
      LocalDate date = LocalDate.ofInstant(Instant.ofEpochMilli(epochMillis), ZoneOffset.UTC);
      return (date.getYear() - 1970) * 12L + date.getMonthValue() - 1;
    }

    @Override
    public long startMillis(long number) {
      YearMonth month = YearMonth.of(1970, 1).plusMonths(number);
      return month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    }
  };

  private final long nominalMillis;
  private final String word = name().toLowerCase(java.util.Locale.ROOT);

  Window(long nominalMillis) {
    this.nominalMillis = nominalMillis;
  }

  /** The window's name in rules, headers and refusals: {@code "minute"}. */
  public String word() {
    return word;
  }

  /** The length in seconds that a policy announces; for a month the longest it can be. */
  public long nominalSeconds() {
    return nominalMillis / 1_000;
  }

  /** The number of the window that holds this instant. Negative before 1970. */
  public long numberAt(long epochMillis) {
    return Math.floorDiv(epochMillis, nominalMillis);
  }

  /** The first millisecond of a window. */
  public long startMillis(long number) {
    return number * nominalMillis;
  }

  /** The first millisecond after a window: where the next one starts. */
  public long endMillis(long number) {
    return startMillis(number + 1);
  }
}
