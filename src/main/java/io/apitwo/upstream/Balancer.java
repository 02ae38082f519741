package io.apitwo.upstream;

import io.apitwo.rules.Upstream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Takes an upstream's targets in turn. A target that could not be connected to is passed over for
 * {@value #COOL_DOWN_SECONDS} s, unless all of them are: then they are tried all the same.
 *
 * <p>Confined to one event loop: each loop has its own turn and its own view of who is down.
 */
public final class Balancer {
  /**
   * Long enough not to be paid by every request, short enough that a restarted server is soon back.
   */
  static final int COOL_DOWN_SECONDS = 2;

  private static final long COOL_DOWN_NANOS = COOL_DOWN_SECONDS * 1_000_000_000L;

  private static final int MOST_REMEMBERED = 10_000;

  private final LongSupplier nanoClock;
  private final TargetOutages outages;
  private final Map<Upstream.Target, Long> downSince = new HashMap<>();
  private final Map<String, Turn> turns = new HashMap<>();

  /** Where one upstream is in its list. Turns of its own: a shared one could leave targets out. */
  private static final class Turn {
    int last;

    int next() {
      last = (last + 1) & Integer.MAX_VALUE;
      return last;
    }
  }

  /**
   * @param nanoClock elapsed time, as {@link System#nanoTime}
   * @param outages of the node
   */
  public Balancer(LongSupplier nanoClock, TargetOutages outages) {
    this.nanoClock = nanoClock;
    this.outages = outages;
  }

  /** The next target in turn. */
  public Upstream.Target next(Upstream.Servers upstream) {
    List<Upstream.Target> targets = upstream.targets();
    if (targets.size() == 1) {
      return targets.get(0);
    }
    if (turns.size() > MOST_REMEMBERED) { // the upstreams of rules long gone
      turns.clear();
    }
    int turn = turns.computeIfAbsent(upstream.name(), name -> new Turn()).next();
    for (int i = 0; i < targets.size(); i++) {
      Upstream.Target target = targets.get((int) (((long) turn + i) % targets.size()));
      if (!isDown(target)) {
        return target;
      }
    }
    return targets.get(turn % targets.size());
  }

  /** Remembers that a target could not be connected to. */
  public void failed(Upstream.Target target, Throwable cause) {
    outages.failed(target, cause);
    if (downSince.size() > MOST_REMEMBERED) { // the targets of rules long gone
      downSince.clear();
    }
    downSince.put(target, nanoClock.getAsLong());
  }

  /** There is a connection to a target. */
  public void reached(Upstream.Target target) {
    outages.reached(target);
  }

  private boolean isDown(Upstream.Target target) {
    Long since = downSince.get(target);
    if (since == null) {
      return false;
    }
    if (nanoClock.getAsLong() - since < COOL_DOWN_NANOS) {
      return true;
    }
    downSince.remove(target);
    return false;
  }
}
