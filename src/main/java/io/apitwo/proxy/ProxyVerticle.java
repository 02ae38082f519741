package io.apitwo.proxy;

import io.apitwo.decide.LoopDecider;
import io.apitwo.identify.ClientAddress;
import io.apitwo.identify.Identifier;
import io.apitwo.rules.Rules;
import io.apitwo.rules.Settings;
import io.apitwo.telemetry.AccessLog;
import io.apitwo.telemetry.DecisionMeter;
import io.apitwo.telemetry.Meters;
import io.apitwo.telemetry.TopClients;
import io.apitwo.telemetry.TrialTally;
import io.apitwo.upstream.Balancer;
import io.apitwo.upstream.TargetOutages;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's share of the traffic: its own servers, its own upstream client and pool (a
 * shared one costs a third more CPU), its own decider. Wiring only.
 */
public final class ProxyVerticle extends VerticleBase {
  private static final long SWEEP_MILLIS = 100;
  private static final long TURN_MILLIS = 60_000;
  private static final long IDLE_SWEEP_MILLIS = 1_000;
  private static final long SHUTDOWN_SECONDS = 5;

  private final Settings.Proxy settings;
  private final int number;
  private final Supplier<Rules> rules;
  private final Supplier<@Nullable Rules> candidate;
  private final AccessLog accessLog;
  private final Drain drain;
  private final Function<Vertx, Identifier> identifiers;
  private final Function<Vertx, Identifier> identifiersOnTrial;
  private final Meters meters;
  private final TargetOutages outages;
  private final List<HttpServer> servers = new ArrayList<>();
  private @Nullable InFlight inFlight;
  private @Nullable Targets targets;
  private @Nullable Trial trial;
  private final List<LoopDecider> deciders = new ArrayList<>();
  private int actualPort;
  private int actualTlsPort;

  /**
   * @param number tells the node's instances apart
   * @param rules the snapshot in force, read once a request
   * @param candidate the rules on trial; null for none
   * @param meters of the node
   * @param outages of the node
   * @param identifiers makes one for this loop
   * @param identifiersOnTrial makes one for the rules on trial on this loop
   */
  public ProxyVerticle(
      Settings.Proxy settings,
      int number,
      Supplier<Rules> rules,
      Supplier<@Nullable Rules> candidate,
      AccessLog accessLog,
      Meters meters,
      TargetOutages outages,
      Drain drain,
      Function<Vertx, Identifier> identifiers,
      Function<Vertx, Identifier> identifiersOnTrial) {
    this.settings = settings;
    this.number = number;
    this.rules = rules;
    this.candidate = candidate;
    this.accessLog = accessLog;
    this.meters = meters;
    this.outages = outages;
    this.drain = drain;
    this.identifiers = identifiers;
    this.identifiersOnTrial = identifiersOnTrial;
  }

  @Override
  public Future<?> start() {
    ClientAddress addresses = new ClientAddress(settings.trustedProxies());
    InFlight underWay =
        new InFlight(settings.idleTimeout().toNanos(), ListenerOptions.CONNECTIONS_A_TARGET);
    inFlight = underWay;
    targets = new Targets(vertx);
    DecisionMeter meter = meters.loop(number);
    LoopDecider decider = new LoopDecider(vertx, number, meter);
    LoopDecider ofShadows = LoopDecider.ofShadows(vertx, number, meters.shadows());
    deciders.addAll(List.of(decider, ofShadows));
    deciders.forEach(each -> meters.table("known", LoopDecider.mostKnown(), each::known));
    RequestLog requests =
        new RequestLog(underWay, drain, decider, accessLog, rules, meters.traffic(number));
    Identifier identifier = identifiers.apply(vertx);
    Enforcement enforcement =
        new Enforcement(
            decider,
            new Shadows(ofShadows, meters.shadows()),
            new Forwarder(targets, new Balancer(System::nanoTime, outages), addresses),
            requests,
            meter);
    Gate gate =
        new Gate(
            rules,
            new Senders(addresses),
            new Entrance(identifier, trial(), enforcement),
            new OwnQuota(identifier, decider),
            requests);
    vertx.setPeriodic(TURN_MILLIS, tick -> meters.turn(number));
    vertx.setPeriodic(SWEEP_MILLIS, tick -> sweep(underWay));
    vertx.setPeriodic(IDLE_SWEEP_MILLIS, tick -> targets.sweep(System.nanoTime()));
    Future<?> plain =
        listen(ListenerOptions.plain(settings), gate, requests)
            .onSuccess(server -> actualPort = server.actualPort());
    if (settings.tls() == null) {
      return plain;
    }
    return plain.compose(
        up ->
            listen(ListenerOptions.secure(settings, settings.tls()), gate, requests)
                .onSuccess(server -> actualTlsPort = server.actualPort()));
  }

  private Trial trial() {
    trial = new Trial(candidate, () -> identifiersOnTrial.apply(vertx), this::deciderOnTrial);
    return trial;
  }

  private LoopDecider deciderOnTrial() {
    LoopDecider decider = LoopDecider.onTrial(vertx, number);
    deciders.add(decider);
    return decider;
  }

  /** Completes when this loop has had a turn. For any thread. */
  public Future<Void> pulse() {
    Promise<Void> turned = Promise.promise();
    context.runOnContext(here -> turned.complete());
    return turned.future();
  }

  /** What the rules on trial would have done differently on this loop. For any thread. */
  public Future<TrialTally.Seen> trialSoFar() {
    Promise<TrialTally.Seen> seen = Promise.promise();
    context.runOnContext(
        here -> seen.complete((trial == null ? new TrialTally() : trial.tally()).seen()));
    return seen.future();
  }

  /**
   * The clients that this loop saw most often. For any thread.
   *
   * @param limit null for all
   */
  public Future<TopClients.Seen> top(@Nullable String limit, TopClients.By by) {
    Promise<TopClients.Seen> seen = Promise.promise();
    context.runOnContext(here -> seen.complete(meters.top(number, limit, by)));
    return seen.future();
  }

  /** Takes no more requests, lets those under way end, then gives back what is held on lease. */
  @Override
  public Future<?> stop() {
    if (inFlight != null) {
      inFlight.closeTunnels();
    }
    List<Future<Void>> down = new ArrayList<>();
    for (HttpServer server : servers) {
      down.add(server.shutdown(SHUTDOWN_SECONDS, TimeUnit.SECONDS));
    }
    return Future.join(down)
        .transform(
            closed -> {
              List<Future<Void>> parts = new ArrayList<>();
              if (targets != null) {
                parts.add(targets.close());
              }
              deciders.forEach(decider -> parts.add(decider.close()));
              return Future.join(parts);
            });
  }

  private void sweep(InFlight inFlight) {
    long nowNanos = System.nanoTime();
    inFlight.sweep(nowNanos);
    if (drain.hasBegun()) {
      inFlight.goAway(nowNanos);
    }
  }

  private Future<HttpServer> listen(HttpServerOptions options, Gate gate, RequestLog requests) {
    return vertx
        .createHttpServer(options)
        .requestHandler(gate)
        .invalidRequestHandler(new MalformedRequest(requests))
        .connectionHandler(requests::connected)
        .exceptionHandler(ProxyVerticle::broken)
        .listen()
        .onSuccess(servers::add);
  }

  /**
   * A client's doing, and its own connection is closed; only what ails the process is passed on.
   */
  private static void broken(Throwable cause) {
    if (cause instanceof OutOfMemoryError last) {
      throw last;
    }
  }

  /** The plain port that is listened on, once started. */
  public int actualPort() {
    return actualPort;
  }

  /** The HTTPS port that is listened on, once started; 0 without one. */
  public int actualTlsPort() {
    return actualTlsPort;
  }
}
