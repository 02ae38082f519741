package io.apitwo.identify;

import io.apitwo.rules.Identity.Jwt;
import io.apitwo.rules.Identity.TokenKey;
import io.apitwo.rules.Rules;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the key sets that the rules name, for all event loops of the node: at the start, every
 * five minutes, and when a token names a key that is not known, but then not twice in half a
 * minute, for strangers can write such tokens. After a failure it tries again soon, then more and
 * more seldom up to twice a minute.
 */
public final class JwksVerticle extends VerticleBase {
  private static final long LOOK_MILLIS = 250;
  private static final long MILLION = 1_000_000;
  private static final long PERIOD_NANOS = 300_000 * MILLION;
  private static final long FIRST_PAUSE_NANOS = 1_000 * MILLION;
  private static final long LONGEST_PAUSE_NANOS = 30_000 * MILLION;
  private static final long BETWEEN_MISSES_NANOS = 30_000 * MILLION;

  private final Supplier<Rules> rules;
  private final FetchedKeys fetched;
  private final Consumer<Rules> onRules;
  private final Map<URI, JwksSource> sources = new LinkedHashMap<>();
  private final Map<URI, Long> dueNanos = new HashMap<>();
  private @Nullable HttpClient client;
  private @Nullable Rules known;
  private volatile long oldestNanos;
  private volatile boolean any;
  private boolean asked;
  private long askedNanos;

  /**
   * @param rules in force
   * @param fetched where the keys go
   * @param onRules told of each rules that come into force
   */
  public JwksVerticle(Supplier<Rules> rules, FetchedKeys fetched, Consumer<Rules> onRules) {
    this.rules = rules;
    this.fetched = fetched;
    this.onRules = onRules;
  }

  /** Succeeds when each set was asked for once, whatever came of it, or 2 s later. */
  @Override
  public Future<?> start() {
    client =
        vertx.createHttpClient(
            new HttpClientOptions().setKeepAlive(false).setMaxRedirects(0).setMetricsName("jwks"));
    Context own = context;
    fetched.onMiss(() -> own.runOnContext(now -> missed()));
    vertx.setPeriodic(LOOK_MILLIS, tick -> look());
    return look();
  }

  /** Closed by name, as the library's cleaner would keep it otherwise, and the verticle with it. */
  @Override
  public Future<?> stop() {
    return client == null ? Future.succeededFuture() : client.close();
  }

  private Future<?> look() {
    Rules now = rules.get();
    if (now != known) {
      known = now;
      onRules.accept(now);
      follow(now.identity().jwt());
    }
    List<Future<Void>> under = new ArrayList<>();
    long nanos = System.nanoTime();
    for (URI url : sources.keySet()) {
      if (nanos - dueNanos.get(url) >= 0) {
        under.add(fetch(url));
      }
    }
    return Future.join(under);
  }

  /** Keeps the sources that are still named, with all that they know. */
  private void follow(@Nullable Jwt jwt) {
    List<URI> urls = new ArrayList<>();
    if (jwt != null) {
      for (TokenKey key : jwt.keys()) {
        if (key instanceof TokenKey.Jwks set) {
          urls.add(set.url());
        }
      }
    }
    sources.keySet().retainAll(urls);
    dueNanos.keySet().retainAll(urls);
    for (URI url : urls) {
      sources.computeIfAbsent(url, each -> new JwksSource(vertx, client, each));
      dueNanos.putIfAbsent(url, System.nanoTime());
    }
    publish();
  }

  private Future<Void> fetch(URI url) {
    JwksSource source = sources.get(url);
    dueNanos.put(url, System.nanoTime() + LONGEST_PAUSE_NANOS);
    return source
        .fetch()
        .onSuccess(
            done -> {
              if (sources.get(url) == source) {
                dueNanos.put(url, System.nanoTime() + pauseNanos(source.failures()));
                publish();
              }
            });
  }

  private static long pauseNanos(int failures) {
    return failures == 0
        ? PERIOD_NANOS
        : Math.min(LONGEST_PAUSE_NANOS, FIRST_PAUSE_NANOS << Math.min(failures - 1, 5));
  }

  private void missed() {
    long nanos = System.nanoTime();
    long left = asked ? BETWEEN_MISSES_NANOS - (nanos - askedNanos) : 0;
    if (left > 0) {
      vertx.setTimer(left / MILLION + 1, later -> missed());
      return;
    }
    asked = true;
    askedNanos = nanos;
    List<Future<Void>> under = new ArrayList<>();
    sources.keySet().forEach(url -> under.add(fetch(url)));
    Future.join(under).onComplete(done -> fetched.answered());
  }

  private void publish() {
    Map<URI, List<VerificationKey>> sets = new HashMap<>();
    boolean first = false;
    long oldest = 0;
    for (Map.Entry<URI, JwksSource> source : sources.entrySet()) {
      List<VerificationKey> keys = source.getValue().keys();
      if (!keys.isEmpty()) {
        sets.put(source.getKey(), keys);
        long at = source.getValue().fetchedNanos();
        oldest = !first || at - oldest < 0 ? at : oldest;
        first = true;
      }
    }
    oldestNanos = oldest;
    any = first;
    if (!isSame(sets, fetched.sets())) {
      fetched.replace(sets);
    }
  }

  private static boolean isSame(
      Map<URI, List<VerificationKey>> one, Map<URI, List<VerificationKey>> two) {
    return one.keySet().equals(two.keySet())
        && one.keySet().stream().allMatch(url -> one.get(url) == two.get(url));
  }

  /** How old the oldest set is, in seconds; NaN without one. On any thread. */
  public double ageSeconds() {
    return any ? (System.nanoTime() - oldestNanos) / 1e9 : Double.NaN;
  }
}
