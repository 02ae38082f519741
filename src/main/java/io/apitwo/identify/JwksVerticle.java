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
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the key sets that the rules name, those in force and those on trial, for all event loops
 * of the node: at the start, when rules change, every five minutes, and when a token names a key
 * that is not known. After a failure it tries again soon, then more and more seldom up to twice a
 * minute.
 */
public final class JwksVerticle extends VerticleBase {
  private static final long LOOK_MILLIS = 250;
  private static final long MILLION = 1_000_000;
  private static final long PERIOD_NANOS = 300_000 * MILLION;
  private static final long FIRST_PAUSE_NANOS = 1_000 * MILLION;
  private static final long LONGEST_PAUSE_NANOS = 30_000 * MILLION;

  private final Supplier<Rules> rules;
  private final Supplier<@Nullable Rules> candidate;
  private final KeySets keys;
  private final Consumer<Rules> onRules;
  private final Map<URI, JwksSource> sources = new LinkedHashMap<>();
  private final Map<URI, Long> dueNanos = new HashMap<>();
  private Set<URI> live = Set.of();
  private Set<URI> tried = Set.of();
  private @Nullable HttpClient client;
  private @Nullable Rules known;
  private @Nullable Rules knownCandidate;
  private volatile @Nullable Context own;
  private volatile long oldestNanos;
  private volatile boolean any;

  /**
   * @param rules in force
   * @param candidate the rules on trial; null for none
   * @param keys where the keys go
   * @param onRules told of each rules that come into force
   */
  public JwksVerticle(
      Supplier<Rules> rules,
      Supplier<@Nullable Rules> candidate,
      KeySets keys,
      Consumer<Rules> onRules) {
    this.rules = rules;
    this.candidate = candidate;
    this.keys = keys;
    this.onRules = onRules;
  }

  /** Succeeds when each set was asked for once, whatever came of it, or 2 s later. */
  @Override
  public Future<?> start() {
    client =
        vertx.createHttpClient(
            new HttpClientOptions().setKeepAlive(false).setMaxRedirects(0).setMetricsName("jwks"));
    own = context;
    keys.live().onMiss(new JwksMisses(context, keys.live(), () -> fetchAll(live)));
    keys.onTrial().onMiss(new JwksMisses(context, keys.onTrial(), () -> fetchAll(onTrialAlone())));
    vertx.setPeriodic(LOOK_MILLIS, tick -> look());
    return look();
  }

  /** Closed by name, as the library's cleaner would keep it otherwise, and the verticle with it. */
  @Override
  public Future<?> stop() {
    own = null;
    return client == null ? Future.succeededFuture() : client.close();
  }

  /** Other rules are in force: their sets are fetched now. For any thread. */
  public void rulesChanged() {
    Context there = own;
    if (there != null) {
      there.runOnContext(now -> look());
    }
  }

  /** What live tokens miss is fetched for live tokens. */
  private Set<URI> onTrialAlone() {
    Set<URI> alone = new LinkedHashSet<>(tried);
    alone.removeAll(live);
    return alone;
  }

  private Future<?> look() {
    Rules now = rules.get();
    Rules nowOnTrial = candidate.get();
    if (now != known || nowOnTrial != knownCandidate) {
      boolean inForce = now != known;
      known = now;
      knownCandidate = nowOnTrial;
      if (inForce) {
        onRules.accept(now);
      }
      follow(urls(now), nowOnTrial == null ? Set.of() : urls(nowOnTrial));
    }
    long nanos = System.nanoTime();
    for (JwksSource source : sources.values()) {
      if (source.isLeftAlone(nanos)) {
        publish();
      }
    }
    return fetchAll(
        sources.keySet().stream().filter(url -> nanos - dueNanos.get(url) >= 0).toList());
  }

  private static Set<URI> urls(Rules rules) {
    Set<URI> urls = new LinkedHashSet<>();
    Jwt jwt = rules.identity().jwt();
    if (jwt != null) {
      for (TokenKey key : jwt.keys()) {
        if (key instanceof TokenKey.Jwks set) {
          urls.add(set.url());
        }
      }
    }
    return urls;
  }

  /** Keeps the sources that are still named, with all that they know. */
  private void follow(Set<URI> nowLive, Set<URI> nowTried) {
    Set<URI> urls = new LinkedHashSet<>(nowLive);
    urls.addAll(nowTried);
    for (URI url : urls) {
      sources.computeIfAbsent(url, each -> new JwksSource(vertx, client, each));
      dueNanos.putIfAbsent(url, System.nanoTime());
    }
    succeed(nowLive);
    sources.keySet().retainAll(urls);
    dueNanos.keySet().retainAll(urls);
    live = nowLive;
    tried = nowTried;
    publish();
  }

  /** The first new URL stands in the place of the first that is gone, and so on. */
  private void succeed(Set<URI> nowLive) {
    List<URI> gone = new ArrayList<>(live);
    gone.removeAll(nowLive);
    List<URI> come = new ArrayList<>(nowLive);
    come.removeAll(live);
    for (int i = 0; i < Math.min(gone.size(), come.size()); i++) {
      sources.get(come.get(i)).standsFor(sources.get(gone.get(i)), System.nanoTime());
    }
  }

  private Future<?> fetchAll(Collection<URI> urls) {
    List<Future<Void>> under = new ArrayList<>();
    urls.forEach(url -> under.add(fetch(url)));
    return Future.join(under);
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

  private void publish() {
    long nanos = System.nanoTime();
    long oldest = nanos;
    for (URI url : live) {
      long at = sources.get(url).sinceNanos();
      oldest = at - oldest < 0 ? at : oldest;
    }
    oldestNanos = oldest;
    any = !live.isEmpty();
    publish(live, keys.live());
    publish(tried, keys.onTrial());
  }

  private void publish(Set<URI> urls, FetchedKeys fetched) {
    Map<URI, List<VerificationKey>> sets = new HashMap<>();
    for (URI url : urls) {
      List<VerificationKey> set = sources.get(url).keys();
      if (!set.isEmpty()) {
        sets.put(url, set);
      }
    }
    if (!isSame(sets, fetched.sets())) {
      fetched.replace(sets);
    }
  }

  private static boolean isSame(
      Map<URI, List<VerificationKey>> one, Map<URI, List<VerificationKey>> two) {
    return one.keySet().equals(two.keySet())
        && one.keySet().stream().allMatch(url -> one.get(url) == two.get(url));
  }

  /**
   * How old the oldest set of the rules in force is, in seconds: since it was fetched, or else
   * since it was first named. NaN without one. On any thread.
   */
  public double ageSeconds() {
    return any ? (System.nanoTime() - oldestNanos) / 1e9 : Double.NaN;
  }
}
