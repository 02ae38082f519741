package io.apitwo.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.bus.Addresses;
import io.apitwo.count.EmbeddedStore;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
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
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a loop says of requests that end, and of those that will not go anywhere. */
class LoopDeciderTest {
  private static final Charge CHARGE =
      new Charge(
          List.of(
              new Subject(Limit.of("c", Algorithm.CONCURRENCY, new ConcurrencyQuota(3)), "x"),
              new Subject(new Limit("m", List.of(Quota.of(Window.MONTH, 100))), "x")),
          1);

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private LoopDecider decider;

  @BeforeEach
  void start() throws Exception {
    Addresses.registerCodecs(vertx.eventBus());
    EmbeddedStore store = new EmbeddedStore(InstantSource.system(), System::nanoTime, 100, 1);
    await(
        vertx.deployVerticle(
            new LimiterVerticle(store, Duration.ofSeconds(5), 1_000, LadderMeter.NONE)));
    decider = on(() -> Future.succeededFuture(new LoopDecider(vertx, 1, DecisionMeter.NONE)));
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private <T> T on(Supplier<Future<T>> step) throws Exception {
    Promise<T> promise = Promise.promise();
    loop.runOnContext(turn -> step.get().onComplete(promise));
    return await(promise.future());
  }

  private List<Decision> ask(int times) throws Exception {
    return on(
        () -> {
          List<Future<Decision>> decisions = new ArrayList<>();
          for (int i = 0; i < times; i++) {
            decisions.add(decider.decide(CHARGE));
          }
          return Future.all(decisions).map(done -> done.<Decision>list());
        });
  }

  private static long allowed(List<Decision> decisions) {
    return decisions.stream().filter(Decision::allowed).count();
  }

  /** What is said in one turn is in the limiter before what is asked in the next. */
  private void say(Runnable word) throws Exception {
    on(
        () -> {
          word.run();
          return Future.succeededFuture();
        });
  }

  @Test
  void what_ended_is_free_for_the_next_request_at_once() throws Exception {
    List<Decision> decisions = ask(5);
    assertThat(allowed(decisions)).isEqualTo(3);
    say(() -> decisions.forEach(decider::ended));
    List<Decision> next = ask(9);
    assertThat(allowed(next)).isEqualTo(3);
    assertThat(next.get(0).left(1)).isEqualTo(96); // what was served stays counted
  }

  @Test
  void what_is_not_used_is_free_at_once_too_and_was_not_counted() throws Exception {
    List<Decision> decisions = ask(5);
    say(() -> decisions.forEach(decider::unused));
    List<Decision> next = ask(9);
    assertThat(allowed(next)).isEqualTo(3);
    assertThat(next.get(0).left(1)).isEqualTo(99);
  }

  @Test
  void what_is_refunded_is_free_for_the_next_request_and_permits_are_not() throws Exception {
    List<Decision> decisions = ask(3);
    BitSet second = new BitSet();
    second.set(1);
    say(() -> decisions.forEach(each -> decider.refund(each, second)));
    List<Decision> next = ask(1);
    assertThat(next.get(0).allowed()).isFalse();
    assertThat(next.get(0).left(1)).isEqualTo(100);
    say(() -> decisions.forEach(decider::ended));
    assertThat(allowed(ask(9))).isEqualTo(3);
  }

  @Test
  void what_is_refunded_while_the_loop_closes_is_back_before_it_has_closed() throws Exception {
    List<Decision> decisions = ask(3);
    BitSet second = new BitSet();
    second.set(1);
    on(
        () -> {
          decisions.forEach(each -> decider.refund(each, second));
          decisions.forEach(decider::ended);
          return decider.close();
        });
    decider = on(() -> Future.succeededFuture(new LoopDecider(vertx, 2, DecisionMeter.NONE)));
    assertThat(ask(1).get(0).left(1)).isEqualTo(99);
  }

  @Test
  void a_refused_request_has_nothing_to_free() throws Exception {
    List<Decision> decisions = ask(5);
    say(() -> decisions.stream().filter(each -> !each.allowed()).forEach(decider::ended));
    assertThat(allowed(ask(1))).isZero();
  }

  @Test
  void what_ends_while_the_loop_closes_is_freed_before_it_has_closed() throws Exception {
    List<Decision> decisions = ask(3);
    on(
        () -> {
          decisions.forEach(decider::ended);
          return decider.close();
        });
    decider = on(() -> Future.succeededFuture(new LoopDecider(vertx, 2, DecisionMeter.NONE)));
    assertThat(allowed(ask(9))).isEqualTo(3);
  }
}
