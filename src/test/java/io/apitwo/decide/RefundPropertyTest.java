package io.apitwo.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.bus.Answer;
import io.apitwo.bus.Ask;
import io.apitwo.bus.Batch;
import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.limit.WindowQuota;
import io.apitwo.telemetry.DecisionMeter;
import io.apitwo.telemetry.LadderMeter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Two nodes of two loops on one store, in virtual time: requests at random, some of which are
 * refunded by some of their limits a while later. Whatever gets lost or comes late, each window
 * passes at most its quota and what was refunded in it.
 */
class RefundPropertyTest {
  private static final long HOUR = 3_000;
  private static final int LOOPS = 4;
  private static final String START = "2025-06-29T15:08:57Z";

  @Property(tries = 60)
  void no_window_passes_more_than_its_quota_and_its_refunds(@ForAll long seed) {
    new World(seed, true).run(3_000);
  }

  @Property(tries = 60)
  void where_nothing_is_lost_all_that_counts_passed_and_was_not_refunded(@ForAll long seed) {
    World world = new World(seed, false);
    world.run(2_000);
    world.drain();
    assertThat(world.used()).isEqualTo(world.passed() - world.refunded());
  }

  /** A request that was let pass, and the windows that count it. */
  private record Passed(Loop loop, Decision decision, List<List<String>> buckets) {}

  private static final class World {
    private final Random random;
    private final boolean loses;
    private final VirtualTime time = new VirtualTime(START);
    private final UnsteadyStore store = new UnsteadyStore(time);
    private final List<Loop> loops = new ArrayList<>();
    private final List<Passed> inFlight = new ArrayList<>();
    private final Map<String, Long> passes = new HashMap<>();
    private final Map<String, Long> refunds = new HashMap<>();
    private Subject hot = new Subject(denying("unset", Quota.of(Window.HOUR, HOUR)), "hot");

    World(long seed, boolean loses) {
      this.random = new Random(seed);
      this.loses = loses;
      Limiter limiter = null;
      for (int i = 0; i < LOOPS; i++) {
        limiter = i % 2 == 0 ? limiter() : limiter;
        loops.add(new Loop(new ToLimiter(limiter, i), time::nanos, DecisionMeter.NONE));
      }
    }

    private Limiter limiter() {
      LocalShare share = new LocalShare(time::instant, time::nanos, 1_000);
      Limiter.Outside outside =
          new Limiter.Outside() {
            @Override
            public void answer(String loop, List<Answer> some) {
              time.after(random.nextInt(3), () -> loops.get(Integer.parseInt(loop)).settle(some));
            }

            @Override
            public void after(long millis, Runnable task) {
              time.after(millis, task);
            }
          };
      return new Limiter(
          store,
          new Ladder(share, () -> 2, LadderMeter.NONE),
          outside,
          time::nanos,
          java.time.Duration.ofMillis(50));
    }

    private final class ToLimiter implements Loop.Outside {
      final Limiter limiter;
      final String name;

      ToLimiter(Limiter limiter, int number) {
        this.limiter = limiter;
        this.name = Integer.toString(number);
      }

      @Override
      public void afterTurn(Runnable task) {
        time.after(0, task);
      }

      @Override
      public void after(long millis, Runnable task) {
        time.after(millis, task);
      }

      @Override
      public void ask(List<Ask> asks, Runnable lost) {
        time.after(random.nextInt(2), () -> limiter.take(new Batch(name, asks)));
      }

      @Override
      public void giveBack(List<Return> returns) {
        giveBack(returns, () -> {});
      }

      @Override
      public void giveBack(List<Return> returns, Runnable done) {
        time.after(random.nextInt(2), () -> limiter.giveBack(returns, done));
      }
    }

    private static Limit denying(String name, Quota... quotas) {
      return new Limit(
              name, Algorithm.FIXED, List.of(quotas), Accuracy.EXACT, OnStoreFailure.DENY, false)
          .refunding();
    }

    private void request(Loop loop, Charge charge) {
      Decision now = loop.decideNow(charge);
      if (now != null) {
        decided(loop, now);
      } else {
        loop.decide(
            charge,
            decision -> {
              if (decision != null) {
                decided(loop, decision);
              }
            });
      }
    }

    private void decided(Loop loop, Decision decision) {
      if (!decision.allowed()) {
        return;
      }
      List<List<String>> buckets = new ArrayList<>();
      for (Subject subject : decision.charge().subjects()) {
        List<String> ofSubject = new ArrayList<>();
        for (Quota quota : subject.limit().quotas()) {
          if (quota instanceof WindowQuota window) {
            String name = subject.limit().name() + subject.client() + quota.word();
            String bucket = name + window.window().numberAt(time.instant().toEpochMilli());
            ofSubject.add(bucket);
            long all = passes.merge(bucket, decision.charge().cost(), Long::sum);
            assertThat(all)
                .as(bucket)
                .isLessThanOrEqualTo(quota.amount() + refunds.getOrDefault(bucket, 0L));
          }
        }
        buckets.add(ofSubject);
      }
      inFlight.add(new Passed(loop, decision, buckets));
    }

    private void respond(Passed passed) {
      BitSet which = new BitSet();
      for (int i = 0; i < passed.buckets.size(); i++) {
        if (!passed.buckets.get(i).isEmpty() && random.nextInt(3) > 0) {
          which.set(i);
          for (String bucket : passed.buckets.get(i)) {
            refunds.merge(bucket, passed.decision.charge().cost(), Long::sum);
          }
        }
      }
      passed.loop.refund(passed.decision, which);
      passed.loop.ended(passed.decision);
    }

    void run(int steps) {
      Limit wide =
          denying(
              "wide",
              Quota.of(Window.SECOND, 250 + random.nextInt(500)),
              Quota.of(Window.MINUTE, 900 + random.nextInt(2_000)),
              Quota.of(Window.HOUR, HOUR));
      Limit narrow = denying("narrow", Quota.of(Window.SECOND, 40));
      Limit few = Limit.of("few", Algorithm.CONCURRENCY, new ConcurrencyQuota(30));
      hot = new Subject(wide, "hot");
      List<Charge> charges =
          List.of(
              new Charge(List.of(hot), 1),
              new Charge(List.of(hot), 1),
              new Charge(List.of(hot), 3),
              new Charge(List.of(hot, new Subject(narrow, "hot")), 1),
              new Charge(List.of(new Subject(few, "hot"), hot), 1),
              new Charge(List.of(new Subject(wide, "other"), new Subject(narrow, "hot")), 2));
      for (int i = 0; i < steps; i++) {
        Loop loop = loops.get(random.nextInt(random.nextInt(20) == 0 ? 1 : LOOPS));
        int burst = random.nextInt(50) == 0 ? 60 : 1 + random.nextInt(3);
        for (int j = 0; j < burst; j++) {
          request(loop, charges.get(random.nextInt(charges.size())));
        }
        for (int j = 0; j < 4 && !inFlight.isEmpty(); j++) {
          respond(inFlight.remove(random.nextInt(inFlight.size())));
        }
        if (random.nextInt(20) == 0) {
          loop.sweep();
        }
        store.fate = loses && random.nextInt(8) == 0 ? fate() : UnsteadyStore.Fate.ANSWERED;
        time.pass(random.nextInt(400) == 0 ? random.nextInt(3_000) : random.nextInt(3));
      }
    }

    private UnsteadyStore.Fate fate() {
      if (random.nextBoolean()) {
        store.deliver();
        return UnsteadyStore.Fate.HELD;
      }
      return UnsteadyStore.Fate.LOST;
    }

    /** Until nothing is under way and nothing is held. */
    void drain() {
      time.pass(1_000);
      while (!inFlight.isEmpty()) {
        respond(inFlight.remove(0));
      }
      loops.forEach(loop -> loop.close(() -> {}));
      time.pass(1_000);
    }

    private static long ofTheHour(Map<String, Long> sums) {
      return sums.entrySet().stream()
          .filter(each -> each.getKey().startsWith("widehothour"))
          .mapToLong(Map.Entry::getValue)
          .sum();
    }

    long passed() {
      return ofTheHour(passes);
    }

    long refunded() {
      return ofTheHour(refunds);
    }

    long used() {
      return store.used(hot, Window.HOUR);
    }
  }
}
