package io.apitwo;

import io.apitwo.admin.AdminToken;
import io.apitwo.bus.Addresses;
import io.apitwo.config.ActiveRules;
import io.apitwo.config.Revision;
import io.apitwo.config.Rulebook;
import io.apitwo.config.RulesFile;
import io.apitwo.count.CounterStore;
import io.apitwo.decide.LimiterVerticle;
import io.apitwo.identify.JwksVerticle;
import io.apitwo.identify.KeySets;
import io.apitwo.identify.TokenIdentity;
import io.apitwo.proxy.Drain;
import io.apitwo.proxy.ProxyVerticle;
import io.apitwo.rules.Rules;
import io.apitwo.rules.Settings;
import io.apitwo.telemetry.AccessLog;
import io.apitwo.telemetry.LadderMeter;
import io.apitwo.telemetry.Meters;
import io.apitwo.upstream.TargetOutages;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.transport.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running node. Starts from the inside out, so that no request meets a verticle that is not
 * there yet: the limiter, then the rules' owner, then the listeners; ends the other way round.
 *
 * <p>{@link #start} and {@link #close} block; call them from a thread that is no event loop.
 */
public final class Gateway {
  private static final Logger log = LoggerFactory.getLogger(Gateway.class);

  private final Settings settings;
  private final Vertx vertx;
  private final Transport transport;
  private final ActiveRules active;
  private final Meters meters;
  private final CounterStore store;
  private final KeySets keySets = new KeySets();
  private final TokenIdentity identity;
  private final ControlPlane control;
  private final Clients clients;
  private final AdminPlane admin;
  private final Drain drain = new Drain();
  private final List<ProxyVerticle> proxies = new ArrayList<>();
  private @Nullable String proxiesId;

  private Gateway(Settings settings, Revision first, @Nullable RulesFile file, Transport transport)
      throws StartupException {
    this.settings = settings;
    this.transport = transport;
    this.active = new ActiveRules(first.numbered(0));
    this.meters =
        new Meters(() -> active.revision().number(), () -> active.rules().limits().keySet());
    this.vertx =
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setEventLoopPoolSize(settings.proxy().instances())
                    .setMetricsOptions(meters.vertxOptions())
                    .setFileSystemOptions(
                        new FileSystemOptions()
                            .setClassPathResolvingEnabled(false)
                            .setFileCachingEnabled(false)))
            .withTransport(transport)
            .withMetrics(meters.vertxMetrics())
            .build();
    this.store = Stores.open(settings, vertx, meters, this::members);
    this.identity = new TokenIdentity(keySets, ApiKeys.of(store), settings.proxy().instances());
    try {
      this.control = ControlPlane.open(settings, vertx, store, meters.config(), active, file);
    } catch (StartupException e) {
      vertx.close();
      throw e;
    }
    this.clients = new Clients(vertx, active::rules, control.config(), store);
    this.admin = new AdminPlane(settings, control, active, clients, meters);
  }

  private int members() {
    ControlPlane there = control;
    return there == null ? 1 : there.members();
  }

  /**
   * Starts a node, and returns when it serves.
   *
   * @param first the rules to begin with
   * @param file the file they came from, to be watched; null for the built-in copy
   * @throws StartupException when something outside is in the way, such as a port that is taken
   */
  public static Gateway start(Settings settings, Revision first, @Nullable RulesFile file)
      throws StartupException {
    Settings.Redis redis = settings.store().redis();
    if (redis != null && redis.caFile() != null) {
      TlsFiles.checkCertificates("store.redis.caFile", redis.caFile());
    }
    AdminToken token = AdminTokens.of(settings);
    Transport transport = Transports.pick(settings.proxy().transport());
    Gateway gateway = new Gateway(settings, first, file, transport);
    try {
      gateway.deploy(token);
      return gateway;
    } catch (StartupException e) {
      gateway.control.close();
      gateway.vertx.close();
      throw e;
    }
  }

  private void deploy(AdminToken token) throws StartupException {
    TlsFiles.check(vertx, settings.proxy().tls());
    Addresses.registerCodecs(vertx.eventBus());
    Startup.await("limiter", vertx.deployVerticle(limiter()));
    control.start();
    JwksVerticle fetcher =
        new JwksVerticle(active::rules, clients.candidate()::rules, keySets, this::checkApiKeys);
    active.onChange(fetcher::rulesChanged);
    meters.keySets(fetcher::ageSeconds, keySets.live()::count);
    Startup.await("keys of tokens", vertx.deployVerticle(fetcher));
    AccessLog accessLog = new AccessLog(AccessLog.Form.valueOf(settings.accessLog().name()));
    TargetOutages outages = new TargetOutages(System::nanoTime);
    Future<String> proxy =
        vertx.deployVerticle(
            () -> {
              ProxyVerticle verticle =
                  new ProxyVerticle(
                      settings.proxy(),
                      proxies.size(),
                      clients.rules(),
                      clients.candidate()::rules,
                      accessLog,
                      meters,
                      outages,
                      drain,
                      loop -> identity.identifier(loop, meters.identity()),
                      identity::onTrial);
              proxies.add(verticle);
              return verticle;
            },
            new DeploymentOptions().setInstances(settings.proxy().instances()));
    proxiesId = Startup.await(listeners(), proxy);
    admin.start(token, identity, proxies);
    control.listen(token, meters.admin());
    admin.health().ready();
  }

  /** Rules cannot know the settings, and settings not the rules that will come. */
  private void checkApiKeys(Rules rules) {
    if (rules.identity().apiKeys().inRedis() && settings.store().redis() == null) {
      log.warn(
          "identity.apiKeysInRedis: true without Redis (expected: store.type: redis); only the API"
              + " keys of the rules are known");
    }
  }

  private LimiterVerticle limiter() {
    Settings.Store settled = settings.store();
    LimiterVerticle limiter =
        new LimiterVerticle(
            store,
            settled.timeout(),
            settled.maxEntries(),
            settled.redis() == null ? LadderMeter.NONE : meters.ladder());
    if (settled.redis() != null) {
      limiter.showTables(meters, settled.maxEntries());
      meters.degraded(limiter::isDegraded);
    }
    admin.health().noteWhen(limiter::isDegraded, "the counter store gives no answer");
    return limiter;
  }

  /** The settings that are to blame when traffic cannot be listened for. */
  private String listeners() {
    Settings.Tls tls = settings.proxy().tls();
    String plain = "proxy.port: " + settings.proxy().port();
    return tls == null ? plain : plain + ", proxy.tls.port: " + tls.port();
  }

  /** The port that serves plain HTTP. */
  public int proxyPort() {
    return proxies.get(0).actualPort();
  }

  /** The port that serves HTTPS; 0 without it. */
  public int tlsPort() {
    return proxies.get(0).actualTlsPort();
  }

  /** The port of health and admin API. */
  public int managementPort() {
    return admin.port();
  }

  /** Everything that the management port serves, as {@code METHOD /path/:parameter}. */
  List<String> operations() {
    return admin.operations();
  }

  /** The revision of the rules in force. */
  public Revision revision() {
    return active.revision();
  }

  /** Makes the node end its process when there is no memory left. */
  void endsWithMemory() {
    OutOfMemory.endsTheProcess(vertx, control.operators());
  }

  /** The rules of all nodes, to be read and pushed. */
  public Rulebook rulebook() {
    return control.config().rulebook();
  }

  /** Looks at the rules file at once. */
  public void reload() {
    control.config().reload();
  }

  /** What it says when it serves. */
  Announcement announcement() {
    return new Announcement(
        settings,
        proxyPort(),
        tlsPort(),
        managementPort(),
        store.name(),
        transport.name(),
        revision());
  }

  /**
   * Stops taking part: not ready at once; for {@code drain.delay} whoever comes is still served and
   * asked to go elsewhere; then up to {@code drain.timeout} for the requests that are under way,
   * and everything closes.
   */
  public void close() {
    admin.drain();
    drain.begin();
    try {
      TimeUnit.NANOSECONDS.sleep(settings.drain().delay().toNanos());
      long deadline = System.nanoTime() + settings.drain().timeout().toNanos();
      while (drain.inFlight() > 0 && System.nanoTime() < deadline) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
      if (proxiesId != null) { // their leases go back while there is still somebody to take them
        vertx
            .undeploy(proxiesId)
            .otherwiseEmpty()
            .toCompletionStage()
            .toCompletableFuture()
            .completeOnTimeout(null, 10, TimeUnit.SECONDS)
            .get();
      }
      control.close();
      clients.close();
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
      meters.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the node did not close cleanly", e);
    }
  }
}
