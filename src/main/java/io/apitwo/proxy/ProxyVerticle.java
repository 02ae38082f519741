package io.apitwo.proxy;

import io.apitwo.decide.LoopDecider;
import io.apitwo.identify.ClientAddress;
import io.apitwo.rules.Rules;
import io.apitwo.rules.Settings;
import io.apitwo.telemetry.AccessLog;
import io.apitwo.upstream.Balancer;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.util.function.Supplier;

/**
 * One event loop's share of the traffic: its own servers, its own upstream client and pool (a
 * shared one costs a third more CPU), its own decider. Wiring only.
 */
public final class ProxyVerticle extends VerticleBase {
  private static final long SWEEP_MILLIS = 100;

  private final Settings.Proxy settings;
  private final int number;
  private final Supplier<Rules> rules;
  private final AccessLog accessLog;
  private final Drain drain;
  private int actualPort;
  private int actualTlsPort;

  /**
   * @param number tells the node's instances apart
   * @param rules the snapshot in force, read once a request
   */
  public ProxyVerticle(
      Settings.Proxy settings,
      int number,
      Supplier<Rules> rules,
      AccessLog accessLog,
      Drain drain) {
    this.settings = settings;
    this.number = number;
    this.rules = rules;
    this.accessLog = accessLog;
    this.drain = drain;
  }

  @Override
  public Future<?> start() {
    ClientAddress addresses = new ClientAddress(settings.trustedProxies());
    InFlight inFlight =
        new InFlight(settings.idleTimeout().toNanos(), ListenerOptions.CONNECTIONS_A_TARGET);
    RequestLog requests = new RequestLog(inFlight, drain, accessLog);
    HttpClient client = vertx.createHttpClient(ListenerOptions.client(), ListenerOptions.pool());
    Gate gate =
        new Gate(
            rules,
            addresses,
            new LoopDecider(vertx, number),
            new Forwarder(client, new Balancer(System::nanoTime), addresses),
            requests);
    vertx.setPeriodic(SWEEP_MILLIS, tick -> inFlight.sweep(System.nanoTime()));
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

  private Future<HttpServer> listen(HttpServerOptions options, Gate gate, RequestLog requests) {
    return vertx
        .createHttpServer(options)
        .requestHandler(gate)
        .invalidRequestHandler(new MalformedRequest(requests))
        .connectionHandler(requests::connected)
        .exceptionHandler(ProxyVerticle::broken)
        .listen();
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
