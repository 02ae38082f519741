package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisServer;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * The script against the specification in Java: the same random schedules of demands and returns,
 * of limits that come, go and change, must have the same outcome, to the last unit.
 */
class RedisModelTest {
  private static final int HOLDERS = 3;
  private static RedisServer redis;
  private static OnLoop store;

  @BeforeContainer
  static void start() throws Exception {
    redis = RedisServer.start();
    RedisStoreOptions one =
        RedisRig.options(RedisStoreOptions.Layout.PACKED, RedisRig.PATIENT, redis.url());
    store = RedisRig.up(RedisRig.withHolders(one, HOLDERS));
  }

  @AfterContainer
  static void stop() {
    store.stop();
    redis.close();
  }

  /**
   * @param limits which limits, by bit
   * @param kinds which windows each has, by bit; 1 to 3
   * @param back how many charges of the grant before are given back instead, if not 0
   */
  record Step(int limits, int kinds, long quota, long cost, int count, int wish, int back) {
    Charge charge(String client) {
      List<Subject> subjects = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        if ((limits & 1 << i) != 0) {
          List<Quota> quotas = new ArrayList<>();
          if ((kinds & 1) != 0) {
            quotas.add(Quota.of(Window.DAY, quota));
          }
          if ((kinds & 2) != 0) {
            quotas.add(Quota.of(Window.MONTH, 2 * quota + i));
          }
          subjects.add(new Subject(new Limit("limit" + i, quotas), client));
        }
      }
      return new Charge(subjects, cost);
    }
  }

  @Property(tries = 150)
  void the_script_equals_the_specification(
      @ForAll("steps") @Size(min = 1, max = 40) List<Step> steps) {
    Assume.that(farFromMidnight());
    EmbeddedStore model =
        new EmbeddedStore(InstantSource.system(), System::nanoTime, 1_000, HOLDERS);
    String client = UUID.randomUUID().toString();
    List<Grant> expected = new ArrayList<>();
    List<Grant> actual = new ArrayList<>();
    Charge last = null;
    for (Step step : steps) {
      if (step.back > 0 && last != null) {
        giveBack(model, last, step.back, expected);
        giveBack(store, last, step.back, actual);
      } else {
        last = step.charge(client);
        List<Demand> demand = List.of(new Demand(last, step.count, step.wish));
        expected.add(model.settle(demand).result().get(0));
        actual.add(OnLoop.await(store.settle(demand)).get(0));
      }
    }
    Assume.that(farFromMidnight());
    assertThat(actual.stream().map(RedisModelTest::outcome))
        .isEqualTo(expected.stream().map(RedisModelTest::outcome).toList());
  }

  private static void giveBack(CounterStore to, Charge charge, int count, List<Grant> grants) {
    Grant grant = grants.get(grants.size() - 1);
    OnLoop.await(to.giveBack(List.of(new Return(charge, count, grant.standing().receipt()))));
  }

  private static List<Object> outcome(Grant grant) {
    List<Object> outcome = new ArrayList<>(List.of(grant.granted(), grant.leased()));
    for (long left : grant.standing().left()) {
      outcome.add(left);
    }
    for (long window : grant.standing().receipt().windows()) {
      outcome.add(window);
    }
    return outcome;
  }

  /** In a day's last second leases shrink by the millisecond, and no two stores look at once. */
  private static boolean farFromMidnight() {
    long now = System.currentTimeMillis();
    return Window.DAY.endMillis(Window.DAY.numberAt(now)) - now > 60_000
        && now - Window.DAY.startMillis(Window.DAY.numberAt(now)) > 60_000;
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 7),
            Arbitraries.integers().between(1, 3),
            Arbitraries.of(5L, 50L, 199L, 200L, 500L, 777L, 1_000L, 100_000L, Quota.MOST / 3),
            Arbitraries.of(1L, 1L, 1L, 2L, 7L, 100L, 1_000_000L),
            Arbitraries.integers().between(1, 60),
            Arbitraries.of(0, 0, 1, 10, 100, Integer.MAX_VALUE),
            Arbitraries.of(0, 0, 0, 0, 1, 30))
        .as(Step::new)
        .list();
  }
}
