package io.apitwo.count;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.limit.WindowQuota;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A list of all that ever passed, read from its beginning for each request: what a store must
 * decide, without any of its records. Time is in microseconds and never goes back.
 */
final class NaiveStore {
  private final List<Passed> history = new ArrayList<>();
  private final Set<Passed> taken = new HashSet<>();

  /** One request's part in one bucket; each is an object of its own. */
  private static final class Passed {
    final Subject subject;
    final Quota quota;
    final long cost;
    final long atMicros;

    Passed(Subject subject, Quota quota, long cost, long atMicros) {
      this.subject = subject;
      this.quota = quota;
      this.cost = cost;
      this.atMicros = atMicros;
    }

    boolean isOf(Subject other, Quota otherQuota) {
      Limit limit = subject.limit();
      return limit.name().equals(other.limit().name())
          && limit.algorithm() == other.limit().algorithm()
          && subject.client().equals(other.client())
          && quota.word().equals(otherQuota.word());
    }

    long window(Window window) {
      return numberAt(window, subject, atMicros);
    }
  }

  /** What some requests took. */
  static final class Receipts {
    private final List<Passed> passed = new ArrayList<>();
  }

  private static long millis(Window window, Subject subject, long micros) {
    return micros / 1_000 + subject.limit().shiftMillis(window, subject.client());
  }

  private static long numberAt(Window window, Subject subject, long micros) {
    return window.numberAt(millis(window, subject, micros));
  }

  /** Whether one more request passes; then it is charged. */
  boolean passes(Charge charge, long nowMicros, Receipts receipts) {
    for (long left : left(charge, nowMicros)) {
      if (left < charge.cost()) {
        return false;
      }
    }
    for (Subject subject : charge.subjects()) {
      for (Quota quota : subject.limit().quotas()) {
        Passed passed = new Passed(subject, quota, charge.cost(), nowMicros);
        history.add(passed);
        receipts.passed.add(passed);
      }
    }
    return true;
  }

  void giveBack(Receipts receipts, boolean spent) {
    for (Passed passed : receipts.passed) {
      Algorithm algorithm = passed.subject.limit().algorithm();
      if (algorithm == Algorithm.CONCURRENCY || (algorithm == Algorithm.FIXED && !spent)) {
        taken.add(passed);
      }
    }
  }

  long[] left(Charge charge, long nowMicros) {
    List<Long> left = new ArrayList<>();
    for (Subject subject : charge.subjects()) {
      for (Quota quota : subject.limit().quotas()) {
        List<Passed> passed =
            history.stream()
                .filter(each -> each.isOf(subject, quota) && !taken.contains(each))
                .toList();
        left.add(Math.max(0, left(subject, quota, passed, nowMicros)));
      }
    }
    return left.stream().mapToLong(Long::longValue).toArray();
  }

  private static long left(Subject subject, Quota quota, List<Passed> passed, long nowMicros) {
    return switch (subject.limit().algorithm()) {
      case FIXED -> quota.amount() - inWindow(subject, quota, passed, nowMicros, 0);
      case SLIDING ->
          quota.amount()
              - inWindow(subject, quota, passed, nowMicros, 0)
              - weighted(subject, quota, passed, nowMicros);
      case TOKEN_BUCKET -> tokens((RateQuota) quota, passed, nowMicros);
      case CONCURRENCY -> quota.amount() - passed.stream().mapToLong(each -> each.cost).sum();
    };
  }

  private static long inWindow(
      Subject subject, Quota quota, List<Passed> passed, long nowMicros, int before) {
    Window window = ((WindowQuota) quota).window();
    long number = numberAt(window, subject, nowMicros) - before;
    return passed.stream()
        .filter(each -> each.window(window) == number)
        .mapToLong(each -> each.cost)
        .sum();
  }

  private static long weighted(Subject subject, Quota quota, List<Passed> passed, long nowMicros) {
    Window window = ((WindowQuota) quota).window();
    long number = numberAt(window, subject, nowMicros);
    long end = window.endMillis(number);
    BigInteger weight = BigInteger.valueOf(end - millis(window, subject, nowMicros));
    BigInteger length = BigInteger.valueOf(end - window.startMillis(number));
    BigInteger before = BigInteger.valueOf(inWindow(subject, quota, passed, nowMicros, 1));
    BigInteger[] part = before.multiply(weight).divideAndRemainder(length);
    return part[0].longValue() + part[1].signum();
  }

  private static long tokens(RateQuota quota, List<Passed> passed, long nowMicros) {
    BigInteger period = BigInteger.valueOf(quota.periodMicros());
    BigInteger debt = BigInteger.ZERO; // tokens times the period
    long at = 0;
    for (Passed each : passed) {
      debt = drained(quota, debt, each.atMicros - at);
      debt = debt.add(BigInteger.valueOf(each.cost).multiply(period));
      at = each.atMicros;
    }
    debt = drained(quota, debt, nowMicros - at);
    BigInteger full = BigInteger.valueOf(quota.burst()).multiply(period);
    return full.subtract(debt).max(BigInteger.ZERO).divide(period).longValue();
  }

  private static BigInteger drained(RateQuota quota, BigInteger debt, long micros) {
    BigInteger drained = BigInteger.valueOf(quota.tokens()).multiply(BigInteger.valueOf(micros));
    return debt.subtract(drained).max(BigInteger.ZERO);
  }
}
