package peer;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.AsyncBucketProxy;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.AsyncProxyManager;
import io.github.bucket4j.distributed.proxy.optimization.Optimizations;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.httpproxy.Body;
import io.vertx.httpproxy.HttpProxy;
import io.vertx.httpproxy.ProxyContext;
import io.vertx.httpproxy.ProxyInterceptor;
import io.vertx.httpproxy.ProxyRequest;
import io.vertx.httpproxy.ProxyResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * {@code PORT BACKEND_PORT REDIS_PORT}: a reverse proxy that takes a token from a client's bucket
 * before it passes a request on. A bucket has three bandwidths, each refilled at once at the end of
 * its window. Buckets live in Redis, and are changed by compare-and-swap. Below {@code /batching/}
 * requests that wait for one bucket are settled together, for which it has to be kept.
 */
public final class VertxBucket4j extends VerticleBase implements ProxyInterceptor {

  private static final long NEVER = 1_000_000_000;
  private static final long KEPT = 200_000;
  private static final Buffer REFUSED =
      Buffer.buffer("{\"msg\":\"Request too frequent\",\"code\":429}");

  private final int port;
  private final int backendPort;
  private final AsyncProxyManager<String> buckets;
  private final LoadingCache<String, AsyncBucketProxy> batching;
  private final BucketConfiguration allow = perMinute(NEVER);
  private final BucketConfiguration deny = perMinute(1);
  private final BucketConfiguration exact = perMinute(100);

  private VertxBucket4j(int port, int backendPort, AsyncProxyManager<String> buckets) {
    this.port = port;
    this.backendPort = backendPort;
    this.buckets = buckets;
    this.batching = Caffeine.newBuilder().maximumSize(KEPT).build(this::batched);
  }

  public static void main(String[] ports) {
    var connection =
        RedisClient.create("redis://127.0.0.1:" + ports[2])
            .connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE));
    var expiry =
        ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofSeconds(10));
    var buckets =
        Bucket4jLettuce.casBasedBuilder(connection).expirationAfterWrite(expiry).build().asAsync();
    Vertx.vertx()
        .deployVerticle(
            () ->
                new VertxBucket4j(Integer.parseInt(ports[0]), Integer.parseInt(ports[1]), buckets),
            new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors()))
        .onFailure(
            failure -> {
              failure.printStackTrace();
              System.exit(1);
            });
  }

  @Override
  public Future<?> start() {
    var client =
        vertx.createHttpClient(new HttpClientOptions(), new PoolOptions().setHttp1MaxSize(64));
    var proxy =
        HttpProxy.reverseProxy(client).origin(backendPort, "127.0.0.1").addInterceptor(this);
    return vertx
        .createHttpServer(new HttpServerOptions().setAcceptBacklog(4096))
        .requestHandler(proxy)
        .listen(port, "127.0.0.1");
  }

  @Override
  public Future<ProxyResponse> handleProxyRequest(ProxyContext context) {
    HttpServerRequest request = context.request().proxiedRequest();
    return Future.fromCompletionStage(consume(request), vertx.getOrCreateContext())
        .compose(
            consumed ->
                consumed
                    ? context.sendRequest()
                    : Future.succeededFuture(refused(context.request())));
  }

  private CompletableFuture<Boolean> consume(HttpServerRequest request) {
    String path = request.path();
    String client = request.getHeader("X-Api-Key");
    if (path.startsWith("/deny/")) {
      return consume("deny:" + client, deny);
    } else if (path.startsWith("/exact/")) {
      return consume("exact:" + client, exact);
    } else if (path.startsWith("/batching/")) {
      return batching.get(path + ":" + client).tryConsume(1);
    }
    return consume("allow:" + client, allow);
  }

  private AsyncBucketProxy batched(String key) {
    var limits = key.startsWith("/batching/exact/") ? exact : allow;
    return buckets.builder().withOptimization(Optimizations.batching()).build(key, limits);
  }

  private CompletableFuture<Boolean> consume(String key, BucketConfiguration limits) {
    return buckets.builder().build(key, limits).tryConsume(1);
  }

  private static ProxyResponse refused(ProxyRequest request) {
    return request
        .release()
        .response()
        .setStatusCode(429)
        .putHeader("Content-Type", "application/json")
        .setBody(Body.body(REFUSED));
  }

  private static BucketConfiguration perMinute(long quota) {
    return BucketConfiguration.builder()
        .addLimit(limit -> limit.capacity(quota).refillIntervally(quota, Duration.ofMinutes(1)))
        .addLimit(limit -> limit.capacity(NEVER).refillIntervally(NEVER, Duration.ofHours(1)))
        .addLimit(limit -> limit.capacity(NEVER).refillIntervally(NEVER, Duration.ofDays(1)))
        .build();
  }
}
