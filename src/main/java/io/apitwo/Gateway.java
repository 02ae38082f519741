package io.apitwo;

import io.apitwo.admin.AdminToken;
import io.apitwo.admin.ManagementVerticle;
import io.apitwo.admin.Readiness;
import io.apitwo.bus.Addresses;
import io.apitwo.config.ActiveRules;
import io.apitwo.config.ConfigVerticle;
import io.apitwo.config.Revision;
import io.apitwo.config.RulesFile;
import io.apitwo.count.CounterStore;
import io.apitwo.decide.LimiterVerticle;
import io.apitwo.proxy.Drain;
import io.apitwo.proxy.ProxyVerticle;
import io.apitwo.rules.Settings;
import io.apitwo.telemetry.AccessLog;
import io.apitwo.telemetry.LadderMeter;
import io.apitwo.telemetry.Meters;
import io.netty.channel.unix.Errors;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.transport.Transport;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One running node. Starts from the inside out, so that no request meets a verticle that is not
 * there yet: the limiter, then the rules' owner, then the listeners; ends the other way round.
 *
 * <p>{@link #start} and {@link #close} block; call them from a thread that is no event loop.
 */
public final class Gateway {
  private static final long START_SECONDS = 30;

  private final Settings settings;
  private final Vertx vertx;
  private final Transport transport;
  private final ActiveRules active;
  private final Meters meters;
  private final CounterStore store;
  private final Readiness readiness = new Readiness();
  private final Drain drain = new Drain();
  private final List<ProxyVerticle> proxies = new ArrayList<>();
  private @Nullable ManagementVerticle management;
  private @Nullable String proxiesId;

  private Gateway(Settings settings, Revision first, Transport transport) {
    this.settings = settings;
    this.transport = transport;
    this.active = new ActiveRules(first);
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
    this.store = Stores.open(settings, vertx, meters);
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
    AdminToken token = token(settings);
    Transport transport = Transports.pick(settings.proxy().transport());
    Gateway gateway = new Gateway(settings, first, transport);
    try {
      gateway.deploy(file, token);
      return gateway;
    } catch (StartupException e) {
      gateway.vertx.close();
      throw e;
    }
  }

  private void deploy(@Nullable RulesFile file, AdminToken token) throws StartupException {
    TlsFiles.check(vertx, settings.proxy().tls());
    Addresses.registerCodecs(vertx.eventBus());
    await("limiter", vertx.deployVerticle(limiter()));
    await("rules", vertx.deployVerticle(new ConfigVerticle(active, file)));
    AccessLog accessLog = new AccessLog(AccessLog.Form.valueOf(settings.accessLog().name()));
    Future<String> proxy =
        vertx.deployVerticle(
            () -> {
              ProxyVerticle verticle =
                  new ProxyVerticle(
                      settings.proxy(),
                      proxies.size(),
                      active::rules,
                      accessLog,
                      meters.loop(proxies.size()),
                      drain);
              proxies.add(verticle);
              return verticle;
            },
            new DeploymentOptions().setInstances(settings.proxy().instances()));
    proxiesId = await(listeners(), proxy);
    Settings.Management where = settings.management();
    management = new ManagementVerticle(where, token, active, readiness, meters::scrape);
    await("management.port: " + where.port(), vertx.deployVerticle(management));
    readiness.ready();
  }

  private LimiterVerticle limiter() {
    Settings.Store settled = settings.store();
    LimiterVerticle limiter =
        new LimiterVerticle(
            store,
            settled.timeout(),
            settled.maxEntries(),
            settled.redis() == null ? LadderMeter.NONE : meters.ladder());
    readiness.noteWhen(limiter::isDegraded, "the counter store gives no answer");
    return limiter;
  }

  /** The settings that are to blame when traffic cannot be listened for. */
  private String listeners() {
    Settings.Tls tls = settings.proxy().tls();
    String plain = "proxy.port: " + settings.proxy().port();
    return tls == null ? plain : plain + ", proxy.tls.port: " + tls.port();
  }

  private static AdminToken token(Settings settings) throws StartupException {
    Settings.Management management = settings.management();
    if (management.token() != null) {
      return AdminToken.of(management.token());
    }
    Path file = management.tokenFile();
    try {
      return file == null
          ? AdminToken.readOrGenerate(generatedToken(settings))
          : AdminToken.read(file);
    } catch (IOException e) {
      String setting = file == null ? "dataDir: " : "management.tokenFile: ";
      throw new StartupException(setting + e.getMessage());
    }
  }

  private static Path generatedToken(Settings settings) {
    return settings.dataDir().resolve("admin.token");
  }

  /**
   * @param what the setting that is to blame when a listener cannot have its address
   */
  private static <T> T await(String what, Future<T> step) throws StartupException {
    try {
      return step.toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof BindException || cause instanceof Errors.NativeIoException) {
        throw new StartupException(
            what
                + " cannot be listened on: "
                + cause.getMessage()
                + " (expected: a free port on an address of this machine)");
      }
      throw new StartupException(what + ": " + cause.getMessage());
    } catch (TimeoutException e) {
      throw new StartupException(what + ": not up after " + START_SECONDS + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartupException(what + ": interrupted");
    }
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
    return management == null ? 0 : management.actualPort();
  }

  /** The revision of the rules in force. */
  public Revision revision() {
    return active.revision();
  }

  /** Makes the node end its process when there is no memory left. */
  void endsWithMemory() {
    OutOfMemory.endsTheProcess(vertx);
  }

  /** Looks at the rules file at once. */
  public void reload() {
    vertx.eventBus().send(Addresses.RELOAD, "now");
  }

  /** The line that says that the node serves, for people and scripts. */
  String readyLine() {
    return "apitwo ready proxy="
        + url(settings.proxy().host(), proxyPort())
        + " management="
        + url(settings.management().host(), managementPort())
        + " store="
        + store.name()
        + " transport="
        + transport.name()
        + " revision="
        + revision().number();
  }

  /** What to do next, a few lines. */
  List<String> hints() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "rules  "
            + revision().source()
            + ", revision "
            + revision().number()
            + ", sha256 "
            + revision().sha256().substring(0, 12));
    if (tlsPort() != 0) {
      lines.add("https  " + url(settings.proxy().host(), tlsPort()).replace("http:", "https:"));
    }
    if (settings.management().token() == null && settings.management().tokenFile() == null) {
      lines.add("admin  token in " + generatedToken(settings));
    }
    lines.add("try    curl -i " + url(settings.proxy().host(), proxyPort()) + "/");
    lines.add("stop   Ctrl-C");
    return lines;
  }

  private static String url(String host, int port) {
    String literal = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return "http://" + literal + ":" + port;
  }

  /**
   * Stops taking part: not ready at once, then up to {@code drain.timeout} for the requests that
   * are under way, then everything closes.
   */
  public void close() {
    readiness.notReady("draining");
    drain.begin();
    long deadline = System.nanoTime() + settings.drainTimeout().toNanos();
    try {
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
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the node did not close cleanly", e);
    }
  }
}
