package io.apitwo.drill;

import io.apitwo.drill.Answers.Answer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * The clients: requests over many connections to several gateways at once, all on one event loop.
 * There is no time-out for a request, so that one which is never answered is found.
 */
final class Load implements AutoCloseable {
  private static final int CONNECTIONS = 250; // to each gateway
  private static final int UNANSWERED = 200; // of one steady load, at each gateway
  private static final int TICK_MILLIS = 10;
  private static final long SECOND = 1_000_000_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final Context loop = vertx.getOrCreateContext();
  private final boolean http2;
  private final HttpClient client;

  /** Over HTTP/1.1. */
  Load() {
    this(false);
  }

  /**
   * @param http2 whether to speak HTTP/2, over TLS, to the ports for that; a few connections then
   */
  Load(boolean http2) {
    this.http2 = http2;
    // Less than the gateways keep theirs: who uses a connection just as it ends has no answer.
    HttpClientOptions options = new HttpClientOptions().setKeepAliveTimeout(60);
    if (http2) {
      options
          .setProtocolVersion(HttpVersion.HTTP_2)
          .setHttp2KeepAliveTimeout(60)
          .setSsl(true)
          .setUseAlpn(true)
          .setTrustAll(true)
          .setVerifyHost(false);
    }
    this.client =
        vertx.createHttpClient(
            options,
            new PoolOptions()
                .setHttp1MaxSize(CONNECTIONS)
                .setHttp2MaxSize(4)
                .setMaxWaitQueueSize(-1)
                .setEventLoopSize(1));
  }

  /** Instead of a status: any answer, or none. */
  static final int ANY = -1;

  /** Where and as whom: the path names the limit, see {@link DrillRules}. */
  record Target(List<GatewayProcess> nodes, String path, List<String> clients) {
    Target(List<GatewayProcess> nodes, String path, String client) {
      this(nodes, path, List.of(client));
    }

    Target {
      nodes = List.copyOf(nodes);
      clients = List.copyOf(clients);
    }
  }

  /** Sends so many requests at once, in turn to each gateway, and waits for all the answers. */
  Answers burst(Target target, int count) {
    return several(target, count).await();
  }

  /** Sends so many requests at once, and waits for nothing. */
  Running several(Target target, int count) {
    Running running = new Running(target);
    loop.runOnContext(
        start -> {
          for (int i = 0; i < count; i++) {
            running.send();
          }
          running.done = true;
        });
    return running;
  }

  /**
   * Starts to send so many requests a second, in turn to each gateway, until told to stop. A
   * gateway that owes too many answers is passed over.
   */
  Running steady(Target target, int perSecond) {
    Running running = new Running(target);
    loop.runOnContext(start -> running.pace(perSecond));
    return running;
  }

  /**
   * Starts to send so many requests a second, each when it is due, in turn to each gateway,
   * whatever becomes of those before it. Their latencies begin when they were due.
   */
  Running open(Target target, int perSecond) {
    Running running = new Running(target);
    loop.runOnContext(start -> running.plan(perSecond));
    return running;
  }

  /** A load under way. */
  final class Running {
    private final Target target;
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final Map<Integer, AtomicInteger> statuses = new ConcurrentHashMap<>();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final Map<GatewayProcess, Integer> owed = new HashMap<>(); // on the loop
    private int turn;
    private int debt; // in thousandths of a request
    private volatile boolean done;
    private volatile List<GatewayProcess> routed;

    private Running(Target target) {
      this.target = target;
      this.routed = target.nodes();
    }

    /** From now on requests go to these, as when a balancer has learnt of others. */
    void route(List<GatewayProcess> nodes) {
      routed = List.copyOf(nodes);
    }

    private void pace(int perSecond) {
      vertx.setPeriodic(
          TICK_MILLIS,
          timer -> {
            if (done) {
              vertx.cancelTimer(timer);
              return;
            }
            for (debt += perSecond * TICK_MILLIS; debt >= 1_000; debt -= 1_000) {
              if (owed.getOrDefault(next(), 0) < UNANSWERED) {
                send();
              } else {
                turn++;
              }
            }
          });
    }

    private void plan(int perSecond) {
      long start = System.nanoTime();
      long[] sent = {0};
      vertx.setPeriodic(
          1,
          timer -> {
            if (done) {
              vertx.cancelTimer(timer);
              return;
            }
            long due = start + sent[0] * SECOND / perSecond;
            for (long now = System.nanoTime(); due <= now; now = System.nanoTime()) {
              send(due);
              due = start + ++sent[0] * SECOND / perSecond;
            }
          });
    }

    private GatewayProcess next() {
      List<GatewayProcess> nodes = routed;
      return nodes.get(turn % nodes.size());
    }

    private void send() {
      send(System.nanoTime());
    }

    private void send(long dueNanos) {
      GatewayProcess node = next();
      List<String> clients = target.clients();
      String who = clients.get(turn++ / routed.size() % clients.size());
      unanswered.incrementAndGet();
      owed.merge(node, 1, Integer::sum);
      long[] sent = {System.currentTimeMillis()};
      client
          .request(
              new RequestOptions()
                  .setMethod(HttpMethod.GET)
                  .setHost("127.0.0.1")
                  .setPort(http2 ? node.tlsPort() : node.port())
                  .setURI(target.path())
                  .putHeader(CountingUpstream.CLIENT, who)
                  .putHeader(CountingUpstream.NODE, node.name()))
          .compose(request -> exchange(request, sent))
          .onComplete(
              answer -> {
                owed.merge(node, -1, Integer::sum);
                int status = answer.succeeded() ? answer.result() : Answers.FAILED;
                long done = System.currentTimeMillis();
                long micros = (System.nanoTime() - dueNanos) / 1_000;
                answers.add(new Answer(who, node.port(), sent[0], done, status, micros));
                statuses.computeIfAbsent(status, first -> new AtomicInteger()).incrementAndGet();
                unanswered.decrementAndGet();
              });
    }

    private Future<Integer> exchange(HttpClientRequest request, long[] sent) {
      sent[0] = System.currentTimeMillis();
      request.putHeader(CountingUpstream.SENT, Long.toString(sent[0]));
      return request
          .send()
          .compose(response -> response.end().map(end -> response))
          .map(HttpClientResponse::statusCode);
    }

    /** How many have been answered so far with this status, or {@link #ANY}. */
    int with(int status) {
      if (status == ANY) {
        return statuses.values().stream().mapToInt(AtomicInteger::get).sum();
      }
      AtomicInteger count = statuses.get(status);
      return count == null ? 0 : count.get();
    }

    /** Waits until so many more have been answered with this status. */
    void awaitMore(int status, int more) {
      int before = with(status);
      Awaitility.await(more + " more answers " + status)
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(10))
          .until(() -> with(status) >= before + more);
    }

    /** Takes what has been answered since it was last taken, and forgets it. */
    Answers take() {
      List<Answer> taken = new ArrayList<>();
      for (Answer next = answers.poll(); next != null; next = answers.poll()) {
        taken.add(next);
      }
      return new Answers(taken);
    }

    /** What has been answered so far. */
    Answers soFar() {
      return new Answers(List.copyOf(answers));
    }

    /** Ends the load, and waits for what is still owed. Fails when that does not come. */
    Answers stop() {
      done = true;
      return await();
    }

    private Answers await() {
      Awaitility.await("every request is answered")
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(10))
          .until(() -> done && unanswered.get() == 0);
      return soFar();
    }
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
