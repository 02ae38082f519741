package io.apitwo.decide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apitwo.bus.Addresses;
import io.apitwo.count.Charged;
import io.apitwo.count.CounterStore;
import io.apitwo.count.EmbeddedStore;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.telemetry.DecisionMeter;
import io.apitwo.telemetry.LadderMeter;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Loops, event bus and limiter together: several loops ask one limiter, in batches. */
class LimiterVerticleTest {
  private static final Charge CHARGE =
      Grants.charge("c", OnStoreFailure.DENY, Quota.of(Window.MONTH, 100));

  private static final Duration TIMEOUT = Duration.ofMillis(50);

  private final Vertx vertx = Vertx.vertx();

  @BeforeEach
  void codecs() {
    Addresses.registerCodecs(vertx.eventBus());
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  /** Asks so many times in one turn of a loop of its own. */
  private Future<List<Decision>> ask(int loop, int times) {
    Context context = vertx.getOrCreateContext();
    Promise<List<Decision>> all = Promise.promise();
    context.runOnContext(
        turn -> {
          LoopDecider decider = new LoopDecider(vertx, loop, DecisionMeter.NONE);
          List<Future<Decision>> decisions = new ArrayList<>();
          for (int i = 0; i < times; i++) {
            decisions.add(decider.decide(CHARGE));
          }
          Future.all(decisions).map(done -> done.<Decision>list()).onComplete(all);
        });
    return all.future();
  }

  @Test
  void all_loops_share_the_quota_and_each_turn_is_one_batch() throws Exception {
    EmbeddedStore embedded = new EmbeddedStore(InstantSource.system(), System::nanoTime, 1_000, 2);
    List<Integer> batches = new CopyOnWriteArrayList<>();
    await(
        vertx.deployVerticle(
            limiter(
                store(
                    demands -> {
                      demands.forEach(demand -> batches.add(demand.count()));
                      return embedded.settle(demands);
                    }),
                TIMEOUT)));
    List<Decision> decisions = new ArrayList<>();
    for (Future<List<Decision>> answer : List.of(ask(1, 80), ask(2, 80))) {
      decisions.addAll(await(answer));
    }
    assertThat(decisions).filteredOn(Decision::allowed).hasSize(100);
    assertThat(decisions).filteredOn(decision -> !decision.allowed()).hasSize(60);
    assertThat(batches).containsExactly(80, 80);
  }

  @Test
  void a_store_that_cannot_say_lets_nothing_pass() throws Exception {
    await(
        vertx.deployVerticle(
            limiter(store(demands -> Future.failedFuture("store gone")), TIMEOUT)));
    assertThatThrownBy(() -> await(ask(1, 3))).hasMessageContaining("no answer");
  }

  @Test
  void a_store_with_a_bug_lets_nothing_pass_and_keeps_nobody_waiting() throws Exception {
    await(
        vertx.deployVerticle(
            limiter(
                store(
                    demands -> {
                      throw new IllegalStateException("bug");
                    }),
                TIMEOUT)));
    assertThatThrownBy(() -> await(ask(1, 3))).hasMessageContaining("no answer");
  }

  @Test
  void nobody_waits_for_ever_for_a_store_that_is_silent() throws Exception {
    await(
        vertx.deployVerticle(
            limiter(store(demands -> Promise.<List<@Nullable Grant>>promise().future()), TIMEOUT)));
    assertThatThrownBy(() -> await(ask(1, 3))).hasMessageContaining("no answer");
  }

  @Test
  void a_store_that_meets_an_error_keeps_nobody_waiting_either() throws Exception {
    await(
        vertx.deployVerticle(
            limiter(
                store(
                    demands -> {
                      throw new StackOverflowError("too deep");
                    }),
                TIMEOUT)));
    assertThatThrownBy(() -> await(ask(1, 3))).hasMessageContaining("no answer");
  }

  @Test
  void without_a_limiter_nothing_passes() {
    assertThatThrownBy(() -> await(ask(1, 1))).hasMessageContaining("no answer");
  }

  private static LimiterVerticle limiter(CounterStore store, Duration timeout) {
    return new LimiterVerticle(store, timeout, 1_000, LadderMeter.NONE);
  }

  private interface Settling {
    Future<List<@Nullable Grant>> settle(List<Demand> demands);
  }

  private static CounterStore store(Settling settling) {
    return new CounterStore() {
      @Override
      public String name() {
        return "test";
      }

      @Override
      public Future<List<@Nullable Grant>> settle(List<Demand> demands) {
        return settling.settle(demands);
      }

      @Override
      public Future<Charged> charge(List<Hit> hits) {
        return Future.succeededFuture(Charged.ALL);
      }

      @Override
      public Future<Void> giveBack(List<Return> returns) {
        return Future.succeededFuture();
      }

      @Override
      public Future<Void> reset(List<Subject> subjects) {
        return Future.succeededFuture();
      }
    };
  }
}
