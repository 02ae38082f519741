package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * The embedded store and a naive one that keeps a list of all that ever happened, and decides one
 * request at a time: the same random schedules of demands, returns and pauses have the same
 * outcome, for each algorithm and for mixtures.
 */
class EmbeddedStoreModelTest {
  private static final long START = 1_751_212_680_000_000L;
  private static final int STEPS = 120;

  private final List<Subject> subjects = new ArrayList<>();
  private Random random = new Random(0);
  private long nowMicros = START;
  private NaiveStore naive = new NaiveStore();
  private EmbeddedStore store = embedded();

  /** What passed and has not ended. */
  private record Held(Charge charge, Grant grant, NaiveStore.Receipts passes) {}

  private EmbeddedStore embedded() {
    return new EmbeddedStore(
        () -> Instant.ofEpochSecond(nowMicros / 1_000_000, nowMicros % 1_000_000 * 1_000),
        () -> nowMicros * 1_000,
        1_000,
        1);
  }

  @Property(tries = 150)
  void fixed_windows(@ForAll long seed) {
    run(seed, Algorithm.FIXED);
  }

  @Property(tries = 150)
  void sliding_windows(@ForAll long seed) {
    run(seed, Algorithm.SLIDING);
  }

  @Property(tries = 150)
  void token_buckets(@ForAll long seed) {
    run(seed, Algorithm.TOKEN_BUCKET);
  }

  @Property(tries = 150)
  void concurrency(@ForAll long seed) {
    run(seed, Algorithm.CONCURRENCY);
  }

  @Property(tries = 300)
  void mixtures(@ForAll long seed) {
    run(seed, Algorithm.values());
  }

  private void run(long seed, Algorithm... algorithms) {
    random = new Random(seed);
    nowMicros = START;
    naive = new NaiveStore();
    store = embedded();
    List<Held> held = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      nowMicros += pause();
      if (random.nextInt(3) == 0 && !held.isEmpty()) {
        giveBack(held.remove(random.nextInt(held.size())));
      } else {
        Held passed = demand(charge(algorithms));
        if (passed.grant.granted() > 0) {
          held.add(passed);
        }
      }
    }
  }

  private long pause() {
    return switch (random.nextInt(12)) {
      case 0 -> random.nextInt(90) * 1_000_000L;
      case 1 -> random.nextInt(3) * 3_600_000_000L;
      case 2 -> random.nextInt(40) * 86_400_000_000L;
      case 3, 4, 5 -> 0;
      default -> random.nextInt(900_000);
    };
  }

  private Charge charge(Algorithm... algorithms) {
    subjects.clear();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      Algorithm algorithm = algorithms[random.nextInt(algorithms.length)];
      String client = "client-" + random.nextInt(2);
      subjects.add(new Subject(limit("limit-" + i, algorithm), client));
    }
    return new Charge(subjects, 1 + random.nextInt(3));
  }

  /** Quotas change all the time; rates do not, since what is owed is rounded then. */
  private Limit limit(String name, Algorithm algorithm) {
    List<Quota> quotas = new ArrayList<>();
    long amount = 3 + random.nextInt(12);
    switch (algorithm) {
      case TOKEN_BUCKET -> quotas.add(new RateQuota(7, 3_000_000, amount));
      case CONCURRENCY -> quotas.add(new ConcurrencyQuota(amount));
      case FIXED, SLIDING -> {
        for (Window window : Window.values()) {
          if (quotas.isEmpty() || random.nextInt(3) == 0) {
            quotas.add(Quota.of(window, amount + 2 * window.ordinal()));
          }
        }
      }
    }
    boolean phased = algorithm.hasWindows() && name.endsWith("2");
    return new Limit(name, algorithm, quotas, Accuracy.EXACT, OnStoreFailure.LOCAL, phased);
  }

  private Held demand(Charge charge) {
    int count = 1 + random.nextInt(6);
    Grant grant = store.settle(List.of(new Demand(charge, count))).result().get(0);
    NaiveStore.Receipts passes = new NaiveStore.Receipts();
    long passed = 0;
    for (int i = 0; i < count; i++) {
      passed += naive.passes(charge, nowMicros, passes) ? 1 : 0;
    }
    assertThat((long) grant.granted()).isEqualTo(passed);
    assertThat(grant.standing().left()).isEqualTo(naive.left(charge, nowMicros));
    return new Held(charge, grant, passes);
  }

  private void giveBack(Held held) {
    boolean spent = random.nextBoolean();
    long count = held.grant.granted();
    store.giveBack(List.of(new Return(held.charge, count, held.grant.standing().receipt(), spent)));
    naive.giveBack(held.passes, spent);
  }
}
