package io.apitwo.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.bus.Forget;
import io.apitwo.count.EmbeddedStore;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.telemetry.DecisionMeter;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Four loops that hold leases on one store, in virtual time, whose client is reset again and again
 * while answers and returns are on their way: after each reset exactly the quota passes.
 */
class ResetPropertyTest {
  private static final long MILLI = 1_000_000;
  private static final long START = Instant.parse("2025-06-02T00:00:00Z").toEpochMilli();
  private static final int LOOPS = 4;
  private static final int QUOTA = 2_000;

  @Property(tries = 100)
  void after_each_reset_exactly_the_quota_passes(@ForAll long seed) {
    World world = new World(seed);
    for (int round = 0; round < 5; round++) {
      world.requests(world.random.nextInt(3_000));
      world.reset();
    }
    world.requests(4_000);
    world.drain();
    assertThat(world.passed).isEqualTo(QUOTA);
  }

  private static final class World {
    final Random random;
    private final Subject subject =
        new Subject(new Limit("month", List.of(Quota.of(Window.MONTH, QUOTA))), "c");
    private final List<Charge> charges =
        List.of(
            new Charge(List.of(subject), 1),
            new Charge(
                List.of(
                    subject,
                    new Subject(
                        new Limit("beside", List.of(Quota.of(Window.MONTH, 1_000_000))), "d")),
                1));
    private final EmbeddedStore store;
    private final List<LocalDecisions> loops = new ArrayList<>();
    private final List<ArrayDeque<Runnable>> arriving = new ArrayList<>();
    private final ArrayDeque<List<Return>> returning = new ArrayDeque<>();
    private long nowNanos;
    long passed;

    World(long seed) {
      random = new Random(seed);
      store =
          new EmbeddedStore(
              () -> Instant.ofEpochMilli(START + nowNanos / MILLI), () -> nowNanos, 100, LOOPS);
      for (int i = 0; i < LOOPS; i++) {
        loops.add(new LocalDecisions(50, DecisionMeter.NONE));
        arriving.add(new ArrayDeque<>());
      }
    }

    void requests(int count) {
      for (int i = 0; i < count; i++) {
        nowNanos += random.nextInt(3) * MILLI / 2;
        int loop = random.nextInt(LOOPS);
        request(loop, charges.get(random.nextInt(charges.size())));
        step(random.nextInt(LOOPS));
      }
    }

    private void request(int loop, Charge charge) {
      LocalDecisions local = loops.get(loop);
      Decision now = local.decide(charge, nowNanos);
      local.takeLow().forEach(low -> ask(loop, low, 0));
      if (now == null) {
        ask(loop, charge, 1);
      } else {
        pass(now);
      }
    }

    private void ask(int loop, Charge charge, int count) {
      LocalDecisions local = loops.get(loop);
      Demand demand = new Demand(charge, count, local.wish(charge));
      Grant grant = store.settle(List.of(demand)).result().get(0);
      arriving
          .get(loop)
          .add(
              () -> {
                local.answered(charge, count, grant, nowNanos);
                for (int i = 0; i < count; i++) {
                  pass(grant.decision(charge, i, nowNanos));
                }
              });
    }

    private void pass(Decision decision) {
      if (decision.allowed()) {
        passed++;
        assertThat(passed).isLessThanOrEqualTo(QUOTA);
      }
    }

    /** Answers come to a loop in their order; returns to the store some time. */
    private void step(int loop) {
      if (!arriving.get(loop).isEmpty()) {
        arriving.get(loop).remove().run();
      }
      loops.get(loop).sweep(nowNanos);
      returning.add(loops.get(loop).takeReturns());
      if (random.nextInt(3) == 0 && !returning.isEmpty()) {
        store.giveBack(returning.remove());
      }
    }

    /** The store first; then each loop, behind the answers that were on their way to it. */
    void reset() {
      store.reset(List.of(subject));
      passed = Long.MIN_VALUE; // what is on its way was let pass before
      Forget forget = new Forget("c", List.of(subject));
      for (int loop = 0; loop < LOOPS; loop++) {
        arriving.get(loop).forEach(Runnable::run);
        arriving.get(loop).clear();
        loops.get(loop).forget(forget::concerns);
        returning.add(loops.get(loop).takeReturns());
      }
      passed = 0;
    }

    /** All that is on its way comes back, and what is left passes. */
    void drain() {
      for (int loop = 0; loop < LOOPS; loop++) {
        while (!arriving.get(loop).isEmpty()) {
          arriving.get(loop).remove().run();
        }
        loops.get(loop).keepOnly(charge -> false);
        returning.add(loops.get(loop).takeReturns());
      }
      returning.forEach(store::giveBack);
      Grant rest = store.settle(List.of(new Demand(charges.get(0), 2 * QUOTA))).result().get(0);
      passed += rest.granted();
    }
  }
}
