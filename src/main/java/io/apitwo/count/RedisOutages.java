package io.apitwo.count;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log when a server is lost and when it is back: one line each, and at most one outage
 * in ten seconds while it comes and goes. The same of one that is there and refuses what it is
 * asked. Confined to one thread.
 */
final class RedisOutages {
  private static final Logger log = LoggerFactory.getLogger(RedisOutages.class);
  private static final long QUIET_NANOS = 10_000_000_000L;

  private final String server;
  private boolean lost;
  private boolean told;
  private long sinceNanos;
  private long toldNanos;
  private boolean everTold;
  private boolean refuses;
  private long refusals;
  private long refusedNanos;
  private boolean warned;

  /**
   * @param server how to call it; without credentials
   */
  RedisOutages(String server) {
    this.server = server;
  }

  /** The store is gone, or still is. */
  void lost(String reason, long nowNanos) {
    if (!lost) {
      lost = true;
      told = false;
      sinceNanos = nowNanos;
    }
    if (!told && (!everTold || nowNanos - toldNanos >= QUIET_NANOS)) {
      told = true;
      everTold = true;
      toldNanos = nowNanos;
      log.warn("counter store lost, trying to get it back server={} reason=\"{}\"", server, reason);
    }
  }

  /** The store answers. */
  void back(long nowNanos) {
    if (lost && told) {
      log.info(
          "counter store back server={} afterMillis={}",
          server,
          (nowNanos - sinceNanos) / 1_000_000);
    }
    lost = false;
  }

  /** A call was refused though the store is there. */
  void refused(String reason, long nowNanos) {
    if (!refuses) {
      refuses = true;
      refusals = 0;
      log.warn("counter store refuses calls server={} reason=\"{}\"", server, reason);
    }
    refusals++;
    refusedNanos = nowNanos;
  }

  /** A call was answered: others, such as those that only read, may be refused still. */
  void served(long nowNanos) {
    if (refuses && nowNanos - refusedNanos >= QUIET_NANOS) {
      refuses = false;
      log.info("counter store takes all calls again server={} refused={}", server, refusals);
    }
  }

  /**
   * Warns, once, of a server that may throw counters away.
   *
   * @param policy its {@code maxmemory-policy}; empty when it does not say
   */
  void mayEvict(String policy) {
    if (!warned && !policy.isEmpty() && !policy.equals("noeviction")) {
      warned = true;
      log.warn(
          "Redis may evict counters when it is full, which refills quotas server={}"
              + " maxmemory-policy={} (expected: noeviction)",
          server,
          policy);
    }
  }
}
