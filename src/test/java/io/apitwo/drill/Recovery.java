package io.apitwo.drill;

import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import io.apitwo.limit.Window;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Finds out when limits are kept exactly again. A client whom nobody has met asks one gateway alone
 * for more than its quota: a gateway that decides without Redis passes its share, which is less,
 * and one that decides with it the quota, neither more nor less. Gateways have to be started with
 * {@code store.expectedNodes} of 2 or more.
 */
final class Recovery {
  private static final long QUOTA = 10;

  /** How often in a row it has to be exact at every gateway, so that it is no accident. */
  private static final int ROUNDS = 5;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** To be among the limits of the drill. */
  static final DrillLimit PROBE =
      DrillLimit.of("probe", "strict", Map.of(Window.DAY, QUOTA)).onStoreFailure("local");

  private Recovery() {}

  /**
   * Waits until limits are kept exactly.
   *
   * @return how many milliseconds after an instant that began to be so
   */
  static long exactAfterMillis(Cluster cluster, List<GatewayProcess> gateways, long sinceMillis) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    long first = 0;
    for (int exact = 0; exact < ROUNDS; ) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("limits are not kept exactly\n" + cluster.logs());
      }
      long start = System.currentTimeMillis();
      if (isExact(cluster, gateways)) {
        first = exact++ == 0 ? start : first;
      } else {
        exact = 0;
      }
    }
    return Math.max(0, first - sinceMillis);
  }

  private static boolean isExact(Cluster cluster, List<GatewayProcess> gateways) {
    boolean exact = true;
    for (GatewayProcess gateway : gateways) {
      Target target = new Target(List.of(gateway), PROBE.path(), cluster.client());
      exact &= cluster.load.burst(target, (int) QUOTA + 2).passed() == QUOTA;
    }
    return exact;
  }
}
