package io.apitwo.rules;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Window;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads how much a limit allows: {@code windows} for fixed and sliding, {@code rate} and {@code
 * burst} for token-bucket, {@code max} for concurrency, and nothing that belongs to another
 * algorithm.
 */
final class QuotaReader {
  private static final String WINDOWS =
      "a mapping of windows to quotas: one or more of "
          + Stream.of(Window.values()).map(Window::word).collect(Collectors.joining(", "));
  private static final String WITH_WINDOWS = "only with the algorithm fixed or sliding";

  private QuotaReader() {}

  /** The keys of all algorithms, which are all known in every limit. */
  private record Keys(Field windows, Field rate, Field burst, Field max, Field phase) {}

  /**
   * @param phased whether windows start at another instant for each client
   */
  record Quotas(List<Quota> quotas, boolean phased) {}

  /**
   * @param algorithm null for an unknown one, of which nothing can be expected
   * @return no quotas where there is a problem
   */
  static Quotas read(Fields limit, @Nullable Algorithm algorithm) {
    Keys keys =
        new Keys(
            limit.at("windows"),
            limit.at("rate"),
            limit.at("burst"),
            limit.at("max"),
            limit.at("phase"));
    boolean phased = keys.phase.choice(Map.of("client", true), false);
    if (algorithm == null) {
      return new Quotas(List.of(), false);
    }
    refuseOthers(keys, algorithm);
    List<Quota> quotas =
        switch (algorithm) {
          case FIXED, SLIDING -> windows(keys.windows.required(WINDOWS));
          case TOKEN_BUCKET -> tokens(keys.rate.required(Rate.EXPECTED), keys.burst);
          case CONCURRENCY -> max(keys.max);
        };
    return new Quotas(quotas, phased && algorithm.hasWindows());
  }

  private static void refuseOthers(Keys keys, Algorithm algorithm) {
    if (!algorithm.hasWindows()) {
      refuse(keys.windows, WITH_WINDOWS);
      refuse(keys.phase, WITH_WINDOWS);
    }
    if (algorithm != Algorithm.TOKEN_BUCKET) {
      refuse(keys.rate, "only with the algorithm token-bucket");
      refuse(keys.burst, "only with the algorithm token-bucket");
    }
    if (algorithm != Algorithm.CONCURRENCY) {
      refuse(keys.max, "only with the algorithm concurrency");
    }
  }

  private static void refuse(Field field, String expected) {
    if (field.given()) {
      field.refuse(expected);
    }
  }

  private static List<Quota> windows(Field field) {
    List<Quota> quotas = new ArrayList<>();
    Fields windows = field.fields(WINDOWS);
    if (windows == null) {
      return quotas;
    }
    List<Field> given = new ArrayList<>();
    for (Window window : Window.values()) {
      Field quota = windows.at(window.word());
      long amount = quota.integer(1, Quota.MOST, 0);
      if (amount > 0) {
        given.add(quota);
        quotas.add(Quota.of(window, amount));
      }
    }
    windows.end();
    if (windows.isEmpty()) {
      field.refuse(WINDOWS);
    }
    refuseUnreachable(given, quotas);
    return quotas;
  }

  /** A quota that a longer window cuts off says something else than what happens. */
  private static void refuseUnreachable(List<Field> given, List<Quota> quotas) {
    for (int i = 0; i < quotas.size() - 1; i++) {
      List<Quota> longer = quotas.subList(i + 1, quotas.size());
      Quota least = Collections.min(longer, Comparator.comparing(Quota::amount));
      if (quotas.get(i).amount() > least.amount()) {
        String which = "the quota of the longer window " + least.word();
        given.get(i).refuse("at most " + least.amount() + ", " + which);
      }
    }
  }

  private static List<Quota> tokens(Field field, Field burst) {
    Rate rate = field.text(Rate::parse, Rate.EXPECTED);
    long amount = burst.integer(1, Quota.MOST, 0);
    if (rate == null || (burst.given() && amount == 0)) {
      return List.of();
    }
    long most = RateQuota.mostBurst(rate.tokens(), rate.periodMicros());
    long size = burst.given() ? amount : rate.tokens();
    if (size > most) {
      burst.refuse("an integer from 1 to " + most + ", the most at this rate");
      return List.of();
    }
    return List.of(new RateQuota(rate.tokens(), rate.periodMicros(), size));
  }

  private static List<Quota> max(Field field) {
    String expected = "an integer from 1 to " + Quota.MOST;
    long max = field.required(expected).integer(1, Quota.MOST, 0);
    return max == 0 ? List.of() : List.of(new ConcurrencyQuota(max));
  }
}
