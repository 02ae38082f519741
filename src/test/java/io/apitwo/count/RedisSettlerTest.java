package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Subject;
import io.apitwo.telemetry.StoreMeter;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When calls are sent and sent again; the servers' answers are the test's. */
class RedisSettlerTest {
  private static final Limit PERMITS =
      Limit.of("p", Algorithm.CONCURRENCY, new ConcurrencyQuota(10));
  private static final long MILLI = 1_000_000;
  private static final long TIMEOUT = 50 * MILLI;

  private final Vertx vertx = Vertx.vertx();
  private final Charge charge = new Charge(List.of(new Subject(PERMITS, "client")), 1);
  private final Scripted servers = new Scripted();
  private long now = 1_000 * MILLI;
  private final RedisSettler settler = settler();

  @AfterEach
  void stop() {
    OnLoop.await(vertx.close());
  }

  private RedisSettler settler() {
    RedisContext context =
        new RedisContext(
            vertx,
            RedisRig.cluster(List.of("redis://127.0.0.1:1"), Duration.ofNanos(TIMEOUT)),
            StoreMeter.NONE,
            InstantSource.system(),
            () -> now);
    RedisNodes nodes =
        new RedisNodes(
            vertx,
            (script, keys, arguments) -> Future.failedFuture("nobody"),
            StoreMeter.NONE,
            InstantSource.system(),
            1);
    RedisPermits permits = new RedisPermits(new byte[8], 0, client -> 0);
    RedisWords words = new RedisWords(context, servers, permits);
    return new RedisSettler(context, servers, nodes, words, vain -> Future.succeededFuture());
  }

  private Future<List<Grant>> settle(Demand... demands) {
    return settler.settle(0, true, List.of(demands));
  }

  @Test
  void what_is_sent_again_keeps_its_deadline_even_when_it_had_to_wait_for_others() {
    Demand demand = new Demand(charge, 1);
    Future<List<Grant>> answer = settle(demand, demand);
    long deadlineNanos = now + TIMEOUT;
    now += 10 * MILLI;
    servers.refuse(0, Objects.requireNonNull(RedisRedirect.of("TRYAGAIN")));
    assertThat(servers.calls).hasSize(2); // the second demand waits for the first one's permits
    now += 20 * MILLI;
    servers.refuse(1, new StoreUnavailableException("gone"));
    assertThat(servers.calls).hasSize(3);
    assertThat(servers.calls)
        .allSatisfy(call -> assertThat(call.deadlineNanos()).isEqualTo(deadlineNanos));
    servers.refuse(2, new StoreUnavailableException("gone"));
    assertThat(answer.failed()).isTrue();
  }

  @Test
  void nothing_is_sent_again_after_the_deadline() {
    Future<List<Grant>> answer = settle(new Demand(charge, 1), new Demand(charge, 1));
    now += TIMEOUT;
    servers.refuse(0, Objects.requireNonNull(RedisRedirect.of("TRYAGAIN")));
    assertThat(servers.calls).hasSize(1);
    assertThat(answer.cause()).isInstanceOf(StoreUnavailableException.class);
    assertThat(StoreUnavailableException.isInDoubt(answer.cause())).isFalse();
  }

  @Test
  void what_waits_for_others_before_it_is_sent_has_the_whole_time_then() {
    settle(new Demand(charge, 1));
    settle(new Demand(charge, 1));
    now += 30 * MILLI;
    servers.refuse(0, new StoreUnavailableException("gone"));
    assertThat(servers.calls).hasSize(2);
    assertThat(servers.calls.get(1).deadlineNanos()).isEqualTo(now + TIMEOUT);
  }

  /** A server that answers when the test says so. */
  private static final class Scripted implements RedisServers {
    final List<RedisCall> calls = new ArrayList<>();
    private final List<Promise<RedisAnswer>> answers = new ArrayList<>();

    void refuse(int call, Throwable cause) {
      answers.get(call).fail(cause);
    }

    @Override
    public Future<RedisAnswer> call(int lane, RedisCall call) {
      Promise<RedisAnswer> answer = Promise.promise();
      calls.add(call);
      answers.add(answer);
      return answer.future();
    }

    @Override
    public Future<Void> start() {
      return Future.succeededFuture();
    }

    @Override
    public boolean isUp() {
      return false; // so that no words are told
    }

    @Override
    public boolean isUp(int lane) {
      return true;
    }

    @Override
    public long session() {
      return 1;
    }

    @Override
    public long serverMicros() {
      return -1;
    }

    @Override
    public Future<Response> ask(byte[] key, Request request) {
      return Future.failedFuture("nobody asks");
    }

    @Override
    public void close() {}
  }
}
