package io.apitwo.count;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Texts that all nodes share, with those before them: each a hash {@code apitwo:rules:NAME} without
 * expiry, changed by compare-and-set, over the connections of the counters. What an entry says is
 * no matter here; its place is a text that sorts after those of the entries before it.
 *
 * <p>For any thread; futures complete on an event loop of their own choice, and fail when there is
 * no answer in time.
 */
public final class RedisDocuments {
  private static final String KEY = "apitwo:rules:";
  private static final String NEWEST = "newest";

  /** A document may be a megabyte, and nobody's request waits for it. */
  private static final long TIMEOUT_MILLIS = 2_000;

  private static final RedisScript REPLACE = RedisScript.of("document-replace.lua");

  private final RedisServers servers;
  private volatile @Nullable Context loop;

  RedisDocuments(RedisServers servers) {
    this.servers = servers;
  }

  /**
   * @param context of the event loop that the servers belong to
   */
  void startedOn(Context context) {
    loop = context;
  }

  /** The newest entry's place; null where there is none. */
  public Future<@Nullable String> newest(String document) {
    return read(document, NEWEST);
  }

  /** The entry at a place; null where there is none. */
  public Future<@Nullable String> read(String document, String place) {
    return ask(document, Request.cmd(Command.HGET).arg(KEY + document).arg(place))
        .map(value -> value == null ? null : value.toString(StandardCharsets.UTF_8));
  }

  /** All entries, by place. */
  public Future<Map<String, String>> all(String document) {
    return ask(document, Request.cmd(Command.HGETALL).arg(KEY + document))
        .map(
            answer -> {
              Map<String, String> all = new LinkedHashMap<>();
              for (String place : answer.getKeys()) {
                all.put(place, answer.get(place).toString(StandardCharsets.UTF_8));
              }
              all.remove(NEWEST);
              return all;
            });
  }

  /**
   * Makes an entry the newest, if the newest is still the one that is expected.
   *
   * @param expected its place; empty for none
   * @param most how many entries are kept
   * @return whether it was; a failure says whether it may have been ({@link
   *     StoreUnavailableException#isInDoubt})
   */
  public Future<Boolean> replace(
      String document, String expected, String place, String entry, int most) {
    Request request =
        Request.cmd(Command.EVAL)
            .arg(new String(REPLACE.text(), StandardCharsets.US_ASCII))
            .arg(1)
            .arg(KEY + document)
            .arg(expected)
            .arg(place)
            .arg(entry)
            .arg(most);
    return ask(document, request)
        .map(answer -> answer.toInteger() == 1)
        .recover(RedisDocuments::refused);
  }

  /** What the server refuses is not done; of any other failure that is not known. */
  private static <T> Future<T> refused(Throwable failure) {
    return Future.failedFuture(
        RedisFault.isRefusal(failure)
            ? new StoreUnavailableException(String.valueOf(failure.getMessage()))
            : failure);
  }

  private Future<@Nullable Response> ask(String document, Request request) {
    Context context = loop;
    if (context == null) {
      return Future.failedFuture(new StoreUnavailableException("not connected"));
    }
    Promise<@Nullable Response> answer = Promise.promise();
    context.runOnContext(
        now ->
            servers
                .ask((KEY + document).getBytes(StandardCharsets.UTF_8), request)
                .timeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                .onComplete(answer));
    return answer.future();
  }
}
