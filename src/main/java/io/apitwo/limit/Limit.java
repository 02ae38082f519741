package io.apitwo.limit;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A named limit: one quota for each of its windows, all of which a client must keep at once.
 *
 * @param name as the rules call it; counters are kept under this name, so they outlive a change of
 *     the quotas
 * @param quotas one a window, ordered by window, the shortest first; at least one
 */
public record Limit(String name, List<Quota> quotas, Accuracy accuracy) {
  /** With the default accuracy. */
  public Limit(String name, List<Quota> quotas) {
    this(name, quotas, Accuracy.EXACT);
  }

  public Limit {
    quotas = quotas.stream().sorted(Comparator.comparing(Quota::window)).toList();
    if (quotas.isEmpty()) {
      throw new IllegalArgumentException("limit " + name + ": no window (expected: at least one)");
    }
    Set<Window> windows = new HashSet<>();
    for (Quota quota : quotas) {
      if (!windows.add(quota.window())) {
        throw new IllegalArgumentException(
            "limit "
                + name
                + ": two quotas for the window "
                + quota.window().word()
                + " (expected: one)");
      }
    }
  }

  /**
   * The name's hash alone: equal limits have equal names, and this is on the path of every request.
   */
  @Override
  public int hashCode() {
    return name.hashCode();
  }
}
