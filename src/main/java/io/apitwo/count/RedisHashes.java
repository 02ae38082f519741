package io.apitwo.count;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads hashes that others wrote into the Redis of the counters, over the same connections. For any
 * thread.
 */
public final class RedisHashes {
  private final RedisServers servers;
  private final long timeoutMillis;
  private volatile @Nullable Context loop;

  /**
   * @param timeoutMillis how long an answer is waited for
   */
  RedisHashes(RedisServers servers, long timeoutMillis) {
    this.servers = servers;
    this.timeoutMillis = timeoutMillis;
  }

  /**
   * @param context of the event loop that the servers belong to
   */
  void startedOn(Context context) {
    loop = context;
  }

  /**
   * Some fields of a hash; none where there is no such key.
   *
   * @return completes on an event loop of its own choice. Fails when there is no answer in time, or
   *     the key is something else
   */
  public Future<Map<String, String>> read(String key, List<String> fields) {
    Context context = loop;
    if (context == null) {
      return Future.failedFuture(new StoreUnavailableException("not connected"));
    }
    Request request = Request.cmd(Command.HMGET).arg(key);
    fields.forEach(request::arg);
    Promise<Map<String, String>> read = Promise.promise();
    context.runOnContext(
        now ->
            servers
                .ask(key.getBytes(StandardCharsets.UTF_8), request)
                .timeout(timeoutMillis, TimeUnit.MILLISECONDS)
                .map(values -> values(fields, values))
                .onComplete(read));
    return read.future();
  }

  private static Map<String, String> values(List<String> fields, Response values) {
    Map<String, String> found = new HashMap<>();
    for (int i = 0; i < fields.size(); i++) {
      Response value = values.get(i);
      if (value != null) {
        found.put(fields.get(i), value.toString(StandardCharsets.UTF_8));
      }
    }
    return found;
  }
}
