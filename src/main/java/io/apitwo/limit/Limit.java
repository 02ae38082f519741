package io.apitwo.limit;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A named limit: all of its quotas must be kept at once.
 *
 * @param name as the rules call it; counters are kept under this name, so they outlive a change of
 *     the quotas
 * @param quotas one a window for algorithms with windows, ordered by window, the shortest first;
 *     exactly one for the others
 * @param onStoreFailure what becomes of requests while the store gives no answer
 * @param phased whether windows start at another instant for each client, so that not all come back
 *     at once; only with windows
 * @param refundable whether what a request was charged may come back when its response is known, so
 *     that a refusal may be over any moment; only with fixed windows
 */
public record Limit(
    String name,
    Algorithm algorithm,
    List<Quota> quotas,
    Accuracy accuracy,
    OnStoreFailure onStoreFailure,
    boolean phased,
    boolean refundable) {
  /** Charged for good. */
  public Limit(
      String name,
      Algorithm algorithm,
      List<Quota> quotas,
      Accuracy accuracy,
      OnStoreFailure onStoreFailure,
      boolean phased) {
    this(name, algorithm, quotas, accuracy, onStoreFailure, phased, false);
  }

  /** Fixed windows, all else as by default. */
  public Limit(String name, List<? extends Quota> quotas) {
    this(name, quotas, Accuracy.EXACT);
  }

  /** Fixed windows. */
  public Limit(String name, List<? extends Quota> quotas, Accuracy accuracy) {
    this(name, Algorithm.FIXED, List.copyOf(quotas), accuracy, OnStoreFailure.LOCAL, false);
  }

  public Limit {
    if (quotas.isEmpty()) {
      throw new IllegalArgumentException("limit " + name + ": no window (expected: at least one)");
    }
    if (refundable && algorithm != Algorithm.FIXED) {
      throw new IllegalArgumentException(
          "limit " + name + ": refundable (expected: only with fixed windows)");
    }
    if (algorithm.hasWindows()) {
      quotas = quotas.stream().sorted(Comparator.comparing(Limit::window)).toList();
      refuseTwice(name, quotas);
    } else if (quotas.size() > 1 || phased || !isOf(algorithm, quotas.get(0))) {
      throw new IllegalArgumentException(
          "limit " + name + ": " + quotas + " (expected: one " + algorithm.word() + ")");
    } else {
      quotas = List.copyOf(quotas);
    }
  }

  private static boolean isOf(Algorithm algorithm, Quota quota) {
    return algorithm == Algorithm.TOKEN_BUCKET
        ? quota instanceof RateQuota
        : quota instanceof ConcurrencyQuota;
  }

  private static Window window(Quota quota) {
    if (quota instanceof WindowQuota windowed) {
      return windowed.window();
    }
    throw new IllegalArgumentException("quota: " + quota.word() + " (expected: a window)");
  }

  private static void refuseTwice(String name, List<Quota> quotas) {
    Set<String> windows = new HashSet<>();
    for (Quota quota : quotas) {
      if (!windows.add(quota.word())) {
        throw new IllegalArgumentException(
            "limit " + name + ": two quotas for the window " + quota.word() + " (expected: one)");
      }
    }
  }

  /** Fixed windows, or sliding ones, or a rate, or a maximum; all else as by default. */
  public static Limit of(String name, Algorithm algorithm, Quota... quotas) {
    return new Limit(name, algorithm, List.of(quotas), Accuracy.EXACT, OnStoreFailure.LOCAL, false);
  }

  /**
   * How much earlier than the calendar's its windows start and end for a client, in milliseconds; 0
   * unless it is phased.
   */
  public long shiftMillis(Window window, String client) {
    return phased ? Phase.shiftMillis(window, Phase.of(client)) : 0;
  }

  /** Whether quota of it can be paid ahead and given back: only counts of fixed windows can. */
  public boolean isLeasable() {
    return algorithm == Algorithm.FIXED && accuracy == Accuracy.EXACT;
  }

  /** The same limit with other quotas. */
  public Limit with(List<? extends Quota> others) {
    return new Limit(
        name, algorithm, List.copyOf(others), accuracy, onStoreFailure, phased, refundable);
  }

  /** The same limit; what was charged may come back when the response is known. */
  public Limit refunding() {
    return new Limit(name, algorithm, quotas, accuracy, onStoreFailure, phased, true);
  }

  /** The limit that one of so many nodes keeps while it cannot ask the others. */
  public Limit share(int nodes) {
    List<Quota> shares = quotas.stream().map(quota -> quota.share(nodes)).toList();
    return with(shares);
  }

  /**
   * The name's hash alone: equal limits have equal names, and this is on the path of every request.
   */
  @Override
  public int hashCode() {
    return name.hashCode();
  }
}
