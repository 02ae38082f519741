package io.apitwo.decide;

import io.apitwo.bus.Answer;
import io.apitwo.bus.Ask;
import io.apitwo.bus.Batch;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Return;
import io.apitwo.rules.Rules;
import io.apitwo.telemetry.DecisionMeter;
import io.apitwo.telemetry.LadderMeter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One node: the real limiter and the real loops, on simulated time, messages and connections. */
final class SimulatedNode {
  private static final int LOOPS = 2;
  private static final Duration TIMEOUT = Duration.ofMillis(50);
  private static final long SWEEP_NANOS = 100 * VirtualTime.MILLI;
  private static final long HOP_NANOS = 20_000;

  final int number;
  private final VirtualTime time;
  private final SimulatedLink link;
  private final Limiter limiter;
  private final List<Loop> loops = new ArrayList<>();
  private long pausedUntilNanos;
  private long skewMillis;
  private boolean dead;
  private boolean leaving;
  Charge[][] charges;
  int revision;

  /** What a node knows of its world. */
  record World(
      VirtualTime time, SimulatedServer server, Weather weather, Sabotage sabotage, int nodes) {}

  SimulatedNode(int number, World world, Rules rules, int mostCost) {
    this.number = number;
    this.time = world.time();
    this.link = new SimulatedLink(time, world.server(), this, world.weather(), world.sabotage());
    this.charges = Scenario.charges(rules, mostCost);
    LocalShare share =
        new LocalShare(() -> time.instant().plusMillis(skewMillis), this::nanos, 10_000);
    Ladder ladder = new Ladder(share, world::nodes, LadderMeter.NONE);
    this.limiter = new Limiter(link, ladder, new ToLoops(), this::nanos, TIMEOUT);
    for (int i = 0; i < LOOPS; i++) {
      Loop loop = new Loop(new ToLimiter(i), this::nanos, DecisionMeter.NONE);
      loops.add(loop);
      sweepLater(loop);
    }
  }

  private long nanos() {
    return time.nanos();
  }

  private void sweepLater(Loop loop) {
    at(
        time.nanos() + SWEEP_NANOS,
        () -> {
          loop.sweep();
          sweepLater(loop);
        });
  }

  /** At this instant, or when the process goes on again; never if it has ended. */
  void at(long nanos, Runnable task) {
    time.at(
        nanos,
        () -> {
          if (dead) {
            return;
          }
          if (time.nanos() < pausedUntilNanos) {
            at(pausedUntilNanos, task);
          } else {
            task.run();
          }
        });
  }

  private final class ToLoops implements Limiter.Outside {
    @Override
    public void answer(String loop, List<Answer> answers) {
      at(time.nanos() + HOP_NANOS, () -> loops.get(Integer.parseInt(loop)).settle(answers));
    }

    @Override
    public void after(long millis, Runnable task) {
      at(time.nanos() + millis * VirtualTime.MILLI, task);
    }
  }

  private final class ToLimiter implements Loop.Outside {
    private final String number;

    ToLimiter(int number) {
      this.number = Integer.toString(number);
    }

    @Override
    public void afterTurn(Runnable task) {
      at(time.nanos(), task);
    }

    @Override
    public void after(long millis, Runnable task) {
      at(time.nanos() + millis * VirtualTime.MILLI, task);
    }

    @Override
    public void ask(List<Ask> asks, Runnable lost) {
      at(time.nanos() + HOP_NANOS, () -> limiter.take(new Batch(number, asks)));
    }

    @Override
    public void giveBack(List<Return> returns) {
      giveBack(returns, () -> {});
    }

    @Override
    public void giveBack(List<Return> returns, Runnable done) {
      at(
          time.nanos() + HOP_NANOS,
          () -> limiter.giveBack(returns, () -> at(time.nanos() + HOP_NANOS, done)));
    }
  }

  /** Decides a request of one of the loops. */
  void decide(int loop, Charge charge, Consumer<@Nullable Decision> decided) {
    Loop its = loops.get(loop % LOOPS);
    Decision now = its.decideNow(charge);
    if (now != null) {
      decided.accept(now);
    } else {
      its.decide(charge, decided);
    }
  }

  void ended(int loop, Decision decision) {
    loops.get(loop % LOOPS).ended(decision);
  }

  void unused(int loop, Decision decision) {
    loops.get(loop % LOOPS).unused(decision);
  }

  void storeChanged() {
    limiter.storeChanged();
  }

  void rules(Rules rules, int mostCost) {
    charges = Scenario.charges(rules, mostCost);
    loops.forEach(loop -> loop.rulesChanged(rules));
  }

  /** Sets the clock. @return by how much it jumps */
  long skew(long millis) {
    long jump = millis - skewMillis;
    skewMillis = millis;
    return jump;
  }

  void pauseUntil(long nanos) {
    pausedUntilNanos = Math.max(pausedUntilNanos, nanos);
  }

  void kill() {
    dead = true;
  }

  /** Leaves in good order: no more requests come, and what is held goes back. */
  void leave(Runnable left) {
    leaving = true;
    int[] open = {loops.size()};
    for (Loop loop : loops) {
      loop.close(
          () -> {
            if (--open[0] == 0) {
              left.run();
            }
          });
    }
  }

  /** Whether requests may be sent to it, as far as a balancer knows. */
  boolean serves() {
    return !dead && !leaving && time.nanos() >= pausedUntilNanos;
  }

  boolean isDead() {
    return dead;
  }

  SimulatedLink link() {
    return link;
  }
}
