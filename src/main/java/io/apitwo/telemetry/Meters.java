package io.apitwo.telemetry;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * All meters of one node, and what they are called: dots become underscores, counters end in {@code
 * _total} and seconds in {@code _seconds} where they are read. Tags have few values, none of them
 * from a client.
 *
 * <p>Meters of loops and store may be asked for on any thread, and read while they count.
 */
public final class Meters {
  /** Of what {@link #scrape} returns. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  /** By {@code limit}, {@code verdict} and {@code source}. */
  static final String DECISIONS = "apitwo.decisions";

  /** By {@code limit} and {@code verdict}. */
  static final String SHADOW_DECISIONS = "apitwo.shadow.decisions";

  /** By {@code outcome}. */
  static final String STORE_CALLS = "apitwo.store.calls";

  static final String STORE_CALL = "apitwo.store.call";
  static final String STORE_BATCH_GROUPS = "apitwo.store.batch.groups";
  static final String STORE_BATCH_REQUESTS = "apitwo.store.batch.requests";
  static final String STORE_UP = "apitwo.store.up";
  static final String STORE_CLOCK_SKEW = "apitwo.store.clock.skew";
  static final String NODES = "apitwo.nodes";
  static final String DEGRADED = "apitwo.degraded";
  static final String DEGRADED_QUOTA = "apitwo.degraded.quota";
  static final String REMEMBERED_QUOTA = "apitwo.remembered.quota";

  /** By {@code outcome}. */
  static final String REMEMBERED_SETTLED = "apitwo.remembered.quota.settled";

  static final String PERMITS = "apitwo.permits";

  /** By {@code table}. */
  static final String ENTRIES = "apitwo.entries";

  /** By {@code table}. */
  static final String ENTRIES_MOST = "apitwo.entries.most";

  /** By {@code outcome}. */
  static final String TOKENS = "apitwo.tokens";

  /** By {@code outcome}. */
  static final String API_KEYS = "apitwo.api.keys";

  /** By {@code outcome}. */
  static final String ADMIN_REQUESTS = "apitwo.admin.requests";

  static final String JWKS_AGE = "apitwo.jwks.age";
  static final String JWKS_KEYS = "apitwo.jwks.keys";

  /** By {@code outcome}. */
  static final String RULES_PUSHES = "apitwo.rules.pushes";

  static final String RULES_LAG = "apitwo.rules.lag.revisions";
  static final String CLUSTER_MEMBERS = "apitwo.cluster.members";
  static final String CLUSTER_FORGED = "apitwo.cluster.forged";

  private static final String LEASED_QUOTA = "apitwo.leased.quota";
  private static final String STRANDED_QUOTA = "apitwo.stranded.quota";
  private static final String REFUNDED_QUOTA = "apitwo.refunded.quota";
  private static final String RULES_REVISION = "apitwo.rules.revision";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final DecisionSeries decisions = new DecisionSeries(registry);
  private final ShadowMeter shadows = new ShadowMeter(registry);
  private final Map<Integer, LoopMeter> loops = new ConcurrentHashMap<>();
  private final Map<Integer, LoopTraffic> traffic = new ConcurrentHashMap<>();
  private final Supplier<? extends Collection<String>> limits;
  private final AdminMeter admin;
  private final TableSeries tables;
  private @Nullable StoreMeter store;
  private @Nullable LadderMeter ladder;
  private @Nullable IdentitySeries identity;
  private @Nullable ConfigSeries config;

  /**
   * @param revision the number of the revision in force
   * @param limits the names of the limits in force; each has its series from the first scrape on,
   *     so that a rate counts its first decision as well
   */
  public Meters(LongSupplier revision, Supplier<? extends Collection<String>> limits) {
    this.limits = limits;
    // It would show an allocator that Vert.x does not use, under a tag that changes at each start.
    registry.config().meterFilter(MeterFilter.denyNameStartsWith("netty.allocator"));
    // Of a pool of one, that each new connection of the store would register again, with a warning.
    registry.config().meterFilter(MeterFilter.deny(id -> "redis".equals(id.getTag("pool_type"))));
    admin = new AdminSeries(registry); // after the filters, which warn of meters before them
    tables = new TableSeries(registry);
    Gauge.builder(RULES_REVISION, revision::getAsLong)
        .description("The number of the rules in force")
        .register(registry);
    Gauge.builder(LEASED_QUOTA, () -> sum(LoopMeter::leasedNow))
        .description("Quota that is paid for and not spent yet, in cost units")
        .register(registry);
    FunctionCounter.builder(STRANDED_QUOTA, this, meters -> meters.sum(LoopMeter::strandedSoFar))
        .description("Quota that was on lease when its window ended, in cost units")
        .register(registry);
    FunctionCounter.builder(REFUNDED_QUOTA, this, meters -> meters.sum(LoopMeter::refundedSoFar))
        .description("Quota that was given back since responses said so, in cost units")
        .register(registry);
    new FileDescriptorMetrics().bindTo(registry);
  }

  private long sum(ToLongFunction<LoopMeter> part) {
    return loops.values().stream().mapToLong(part).sum();
  }

  /**
   * The meter of one event loop, which alone may call it. The same one for the same number, so a
   * number belongs to one loop; a loop that is no proxy's, such as the limiter's, has one too.
   */
  public DecisionMeter loop(int number) {
    return loopMeter(number);
  }

  private LoopMeter loopMeter(int number) {
    return loops.computeIfAbsent(number, n -> new LoopMeter(n, decisions));
  }

  /** How many requests one event loop has, which alone may count them. */
  public LoopTraffic traffic(int number) {
    return traffic.computeIfAbsent(number, n -> new LoopTraffic());
  }

  /** What this node has had to do since its start. For any thread. */
  public Traffic traffic() {
    long requests = traffic.values().stream().mapToLong(LoopTraffic::requestsSoFar).sum();
    long passed = traffic.values().stream().mapToLong(LoopTraffic::passedSoFar).sum();
    return new Traffic(requests, passed, decisions.refused());
  }

  /**
   * The clients that one event loop saw most often. On that loop.
   *
   * @param limit null for all
   */
  public TopClients.Seen top(int number, @Nullable String limit, TopClients.By by) {
    return loopMeter(number).tops().seen(limit, by);
  }

  /** The clients that one event loop sees are counted for another minute. On that loop. */
  public void turn(int number) {
    loopMeter(number).turn();
  }

  /** The meter of limits that only count, for any loop. */
  public ShadowMeter shadows() {
    return shadows;
  }

  /**
   * Shows how full a table of clients is. Those of one name, on several event loops, are added up.
   *
   * @param entries how many there are; read on any thread
   */
  public void table(String name, int most, IntSupplier entries) {
    tables.add(name, most, entries);
  }

  /**
   * Shows whether decisions are made without the store.
   *
   * @param now for any thread
   */
  public void degraded(BooleanSupplier now) {
    Gauge.builder(DEGRADED, () -> now.getAsBoolean() ? 1 : 0)
        .description("1 while decisions are made without the store, else 0")
        .register(registry);
  }

  /** The meter of the operator's requests. */
  public AdminMeter admin() {
    return admin;
  }

  /** The meter of the store that is shared. Without a call of this its series do not exist. */
  public synchronized StoreMeter store() {
    if (store == null) {
      store = new StoreSeries(registry);
    }
    return store;
  }

  /** The meter of what passes without the store. Without a call of this its series do not exist. */
  public synchronized LadderMeter ladder() {
    if (ladder == null) {
      ladder = new LadderSeries(registry);
    }
    return ladder;
  }

  /** A meter of tokens and API keys, for one event loop, which alone may call it. */
  public synchronized IdentityMeter identity() {
    if (identity == null) {
      identity = new IdentitySeries(registry);
    }
    return identity.loop();
  }

  /** The meter of revisions and cluster. */
  public synchronized ConfigMeter config() {
    if (config == null) {
      config = new ConfigSeries(registry);
    }
    return config;
  }

  /**
   * Shows what is known of key sets that are fetched; once.
   *
   * @param ageSeconds NaN while there is none
   */
  public void keySets(DoubleSupplier ageSeconds, IntSupplier keys) {
    IdentitySeries.keySets(registry, ageSeconds, keys);
  }

  /**
   * What all meters say, in the Prometheus text format. Takes milliseconds; call it on a thread
   * that is no event loop.
   */
  public String scrape() {
    limits.get().stream().sorted().forEach(decisions::of);
    return registry.scrape();
  }

  /**
   * Forgets all meters. The JVM goes on telling a registry of its collections, so what meters hold
   * would stay as long as the process does.
   */
  public void close() {
    registry.clear();
    registry.close();
  }

  /** Connects Vert.x, with {@link #vertxOptions}. */
  public VertxMetricsFactory vertxMetrics() {
    return new MicrometerMetricsFactory(registry);
  }

  /**
   * What Vert.x measures: the JVM, the loops' queues, worker pools. These are read when scraped, or
   * cost blocking work only. Everything that would count for each request, message or packet is
   * off: together it costs a proxied request a tenth of its CPU time.
   */
  public MetricsOptions vertxOptions() {
    return new MicrometerMetricsOptions()
        .setRegistryName("apitwo-" + UUID.randomUUID()) // a shared name would share the registry
        .setJvmMetricsEnabled(true)
        .setNettyMetricsEnabled(true)
        .setDisabledMetricsCategories(
            Set.of(
                MetricsDomain.HTTP_SERVER.toCategory(),
                MetricsDomain.HTTP_CLIENT.toCategory(),
                MetricsDomain.NET_SERVER.toCategory(),
                MetricsDomain.NET_CLIENT.toCategory(),
                MetricsDomain.DATAGRAM_SOCKET.toCategory(),
                MetricsDomain.EVENT_BUS.toCategory(),
                "redis"))
        .setEnabled(true);
  }

  /** How a tag says a constant. */
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
