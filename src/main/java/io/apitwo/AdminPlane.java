package io.apitwo;

import io.apitwo.admin.AdminToken;
import io.apitwo.admin.CandidateRoutes;
import io.apitwo.admin.ExplainRoute;
import io.apitwo.admin.Health;
import io.apitwo.admin.LimitRoutes;
import io.apitwo.admin.Live;
import io.apitwo.admin.ManagementVerticle;
import io.apitwo.admin.NodeRoutes;
import io.apitwo.admin.RevisionRoutes;
import io.apitwo.admin.Routes;
import io.apitwo.admin.RulesRoutes;
import io.apitwo.admin.StreamRoute;
import io.apitwo.admin.TopRoute;
import io.apitwo.config.ActiveRules;
import io.apitwo.config.Rulebook;
import io.apitwo.identify.ClientAddress;
import io.apitwo.identify.TokenIdentity;
import io.apitwo.proxy.Explainer;
import io.apitwo.proxy.ProxyVerticle;
import io.apitwo.rules.Settings;
import io.apitwo.telemetry.Meters;
import io.apitwo.telemetry.TopClients;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What operators reach on this node: health, meters, the admin API. Wiring only. */
final class AdminPlane {
  private static final long SHADOW_LOG_MILLIS = 5_000;
  private static final int TOP_OF_STREAM = 5;
  private static final long TOP_MILLIS = 500;

  private final Settings settings;
  private final ControlPlane control;
  private final ActiveRules active;
  private final Clients clients;
  private final Meters meters;
  private final Health health = new Health();
  private final StreamRoute stream =
      new StreamRoute(this::live, InstantSource.system(), System::nanoTime);
  private List<ProxyVerticle> proxies = List.of();
  private @Nullable ManagementVerticle management;

  AdminPlane(
      Settings settings, ControlPlane control, ActiveRules active, Clients clients, Meters meters) {
    this.settings = settings;
    this.control = control;
    this.active = active;
    this.clients = clients;
    this.meters = meters;
  }

  /** Whether this node works and wants traffic. */
  Health health() {
    return health;
  }

  /**
   * Listens. Blocks.
   *
   * @param proxies that serve traffic
   */
  void start(AdminToken token, TokenIdentity identity, List<ProxyVerticle> proxies)
      throws StartupException {
    this.proxies = List.copyOf(proxies);
    health.pulse(
        () -> Future.all(this.proxies.stream().map(ProxyVerticle::pulse).toList()).mapEmpty());
    health.notReadyWhile(control.config()::isLagging, "the rules are behind the other nodes'");
    Settings.Management where = settings.management();
    management = new ManagementVerticle(where, token, active, health, meters, routes(identity));
    Vertx vertx = control.operators();
    Startup.await("management.port: " + where.port(), vertx.deployVerticle(management));
    vertx.setPeriodic(SHADOW_LOG_MILLIS, tick -> meters.shadows().log());
  }

  private List<Routes> routes(TokenIdentity identity) {
    Rulebook rulebook = control.config().rulebook();
    Explainer explainer =
        new Explainer(
            new ClientAddress(settings.proxy().trustedProxies()),
            identity.onlooker(control.operators()),
            charge -> clients.look(List.of(charge)).map(standings -> standings.get(0)));
    return List.of(
        new RulesRoutes(active, rulebook),
        new LimitRoutes(active, rulebook),
        new RevisionRoutes(rulebook),
        new NodeRoutes(rulebook),
        new ExplainRoute(
            active, (rules, sample) -> explainer.explain(clients.rules().get(), sample)),
        clients.routes(),
        stream,
        new CandidateRoutes(clients.candidate(), most -> Clients.trial(proxies, most), rulebook),
        new TopRoute(active::rules, (limit, by, most) -> Clients.top(proxies, limit, by, most)));
  }

  private Future<Live.Now> live() {
    return Clients.top(proxies, null, TopClients.By.REFUSED, TOP_OF_STREAM)
        .timeout(TOP_MILLIS, TimeUnit.MILLISECONDS) // traffic is told while a loop stands still
        .otherwise(TopClients.Top.NOBODY)
        .map(
            top ->
                new Live.Now(
                    meters.traffic(),
                    top.byLimit(),
                    health.isNoted(),
                    active.revision().number(),
                    control.config().rulebook().nodes().size()));
  }

  /** The port of health and admin API; 0 before {@link #start}. */
  int port() {
    return management == null ? 0 : management.actualPort();
  }

  /** Everything that is served, as {@code METHOD /path/:parameter}. */
  List<String> operations() {
    return management == null ? List.of() : management.operations();
  }

  /** The node is about to go: not ready any more, and no streams that would hold it. */
  void drain() {
    health.notReady("draining");
    stream.end();
  }
}
