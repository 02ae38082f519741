package io.apitwo.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.bus.Ask;
import io.apitwo.count.EmbeddedStore;
import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.limit.WindowQuota;
import io.apitwo.telemetry.DecisionMeter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/**
 * Two nodes of two loops on one store, in virtual time: requests at random, answers that come late,
 * get lost or cross a window's edge, loops that stand still. Whatever happens, the passes of each
 * window, counted when they pass, stay within every quota.
 */
class ExactnessPropertyTest {
  private static final long MILLI = 1_000_000;
  private static final long START = Instant.parse("2025-06-29T15:38:57Z").toEpochMilli();
  private static final int LOOPS = 4;

  private static final long HOUR = 3_000;

  @Property(tries = 60)
  void no_window_passes_more_than_its_quota_whatever_gets_lost(@ForAll long seed) {
    new World(seed, true).run(6_000);
  }

  @Property(tries = 60)
  void where_nothing_is_lost_all_that_was_charged_passed_or_came_back(@ForAll long seed) {
    World world = new World(seed, false);
    world.run(3_000);
    world.drain();
    assertThat(world.usedOfTheHour()).isEqualTo(world.passedOfTheHour());
  }

  /** The nodes, their store, and what passed in each bucket. */
  private static final class World {
    private final Random random;
    private long nowNanos;
    private final EmbeddedStore store =
        new EmbeddedStore(
            () -> Instant.ofEpochMilli(START + nowNanos / MILLI), () -> nowNanos, 1_000, LOOPS);
    private final List<Loop> loops = new ArrayList<>();
    private final Map<String, Long> passes = new HashMap<>();
    private final boolean loses;

    World(long seed, boolean loses) {
      this.random = new Random(seed);
      this.loses = loses;
    }

    /** One loop with a lane of its own, and the answers that are on their way to it. */
    private final class Loop {
      final LocalDecisions local = new LocalDecisions(50, DecisionMeter.NONE);
      final Lane lane = new Lane(Grants.ladder(2), 4, 2);
      final List<Runnable> arriving = new ArrayList<>();

      void request(Charge charge) {
        Decision now = local.decide(charge, nowNanos);
        for (Charge low : local.takeLow()) {
          int wish = local.wish(low);
          if (wish > 0) {
            lane.add("", new Ask(low, 0, wish, low), nowNanos);
          }
        }
        if (now == null) {
          lane.add("", new Ask(charge, 1, local.wish(charge), charge), nowNanos);
        } else {
          pass(now);
        }
      }

      void fly() {
        Lane.Flight flight = lane.takeOff(nowNanos);
        if (flight == null) {
          return;
        }
        List<@Nullable Grant> grants = store.settle(flight.demands()).result();
        boolean lost = loses && random.nextInt(8) == 0;
        arriving.add(
            () -> {
              if (lost) {
                lane.crash(flight, true, this::answered);
              } else {
                store.giveBack(lane.land(flight, grants, this::answered));
              }
            });
      }

      void answered(Lane.Part part, @Nullable Grant grant) {
        Charge charge = part.ask().charge();
        int count = part.ask().count();
        boolean late = grant != null && nowNanos - grant.standing().validUntilNanos() >= 0;
        local.answered(charge, count, late ? null : grant, nowNanos);
        if (grant == null) {
          return;
        }
        if (late) {
          local.giveBack(charge, grant.granted() + grant.leased(), grant.standing());
          return;
        }
        for (int i = 0; i < count; i++) {
          pass(grant.decision(charge, i, nowNanos));
        }
      }

      void settle() {
        if (!arriving.isEmpty()) {
          arriving.remove(0).run();
        }
        if (random.nextInt(10) == 0) {
          lane.giveUp(nowNanos - 50 * MILLI, this::answered);
        }
        local.sweep(nowNanos);
        store.giveBack(local.takeReturns());
      }
    }

    private void pass(Decision decision) {
      if (!decision.allowed()) {
        return;
      }
      long now = START + nowNanos / MILLI;
      for (Subject subject : decision.charge().subjects()) {
        for (Quota quota : subject.limit().quotas()) {
          String bucket =
              subject + " " + quota + " " + ((WindowQuota) quota).window().numberAt(now);
          long all = passes.merge(bucket, decision.charge().cost(), Long::sum);
          assertThat(all).as(bucket).isLessThanOrEqualTo(quota.amount());
        }
      }
    }

    private static Limit denying(String name, Quota... quotas) {
      return new Limit(
          name, Algorithm.FIXED, List.of(quotas), Accuracy.EXACT, OnStoreFailure.DENY, false);
    }

    void run(int steps) {
      Limit wide =
          denying(
              "wide",
              Quota.of(Window.SECOND, 250 + random.nextInt(500)),
              Quota.of(Window.MINUTE, 900 + random.nextInt(2_000)),
              Quota.of(Window.HOUR, HOUR));
      Limit narrow = denying("narrow", Quota.of(Window.SECOND, 40));
      Subject hot = new Subject(wide, "hot");
      List<Charge> charges =
          List.of(
              new Charge(List.of(hot), 1),
              new Charge(List.of(hot), 1),
              new Charge(List.of(hot), 1),
              new Charge(List.of(hot), 3),
              new Charge(List.of(hot, new Subject(narrow, "hot")), 1),
              new Charge(List.of(new Subject(wide, "other"), new Subject(narrow, "hot")), 2));
      for (int i = 0; i < LOOPS; i++) {
        loops.add(new Loop());
      }
      for (int i = 0; i < steps; i++) {
        Loop loop = loops.get(random.nextInt(random.nextInt(20) == 0 ? 1 : LOOPS));
        int burst = random.nextInt(50) == 0 ? 60 : 1;
        for (int j = 0; j < burst; j++) {
          loop.request(charges.get(random.nextInt(charges.size())));
        }
        loop.fly();
        if (random.nextInt(3) > 0) {
          loop.settle();
        }
        nowNanos += random.nextInt(3) * MILLI;
        if (random.nextInt(400) == 0) {
          nowNanos += random.nextInt(3_000) * MILLI; // the whole node stood still
        }
      }
    }

    /** Until nothing is under way and nothing is held. */
    void drain() {
      for (Loop loop : loops) {
        while (!loop.arriving.isEmpty() || !loop.lane.isIdle()) {
          loop.fly();
          loop.settle();
        }
        loop.local.keepOnly(charge -> false);
        store.giveBack(loop.local.takeReturns());
      }
    }

    long passedOfTheHour() {
      return passes.entrySet().stream()
          .filter(e -> e.getKey().contains("client=hot] WindowQuota[window=HOUR"))
          .mapToLong(Map.Entry::getValue)
          .sum();
    }

    long usedOfTheHour() {
      Limit wide = new Limit("wide", List.of(Quota.of(Window.HOUR, HOUR)));
      Charge peek = new Charge(List.of(new Subject(wide, "hot")), Charge.MOST_COST);
      return HOUR - store.settle(List.of(new Demand(peek, 1))).result().get(0).left(0);
    }
  }
}
