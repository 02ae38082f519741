package io.apitwo.identify;

import io.apitwo.rules.Identity.TokenKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One set of keys somewhere else, fetched now and then. What was fetched last stays until a fetch
 * brings a key that can be used; a redirect, a large answer or a slow one brings none. Before the
 * first good fetch the keys of a source in whose place it stands are good, for ten minutes at most.
 *
 * <p>Confined to one event loop.
 */
final class JwksSource {
  private static final Logger log = LoggerFactory.getLogger(JwksSource.class);
  private static final int FETCH_MILLIS = 2_000;
  private static final int MOST_BYTES = 256 << 10;
  private static final long STAND_NANOS = 600_000_000_000L;

  private final Vertx vertx;
  private final HttpClient client;
  private final URI url;
  private final TokenKey.Jwks shown;
  private List<VerificationKey> keys = List.of();
  private long sinceNanos = System.nanoTime();
  private boolean fetched;
  private boolean stands;
  private long standsUntilNanos;
  private int failures;
  private @Nullable Future<Void> fetching;

  /** A fetch that brought nothing; the message says why, without a byte of what came. */
  private static final class NoKeys extends Exception {
    private static final long serialVersionUID = 1L;

    NoKeys(String reason) {
      super(reason, null, false, false);
    }
  }

  JwksSource(Vertx vertx, HttpClient client, URI url) {
    this.vertx = vertx;
    this.client = client;
    this.url = url;
    this.shown = new TokenKey.Jwks(url);
  }

  /** Those of the last good fetch; before it those of another source, or none. */
  List<VerificationKey> keys() {
    return keys;
  }

  /** When the last good fetch was, or before it the beginning, by {@link System#nanoTime}. */
  long sinceNanos() {
    return sinceNanos;
  }

  /**
   * The rules name this source in the place of another one. Unless it has keys of its own, those of
   * the other are good for ten minutes, or as long as they would have been there.
   */
  void standsFor(JwksSource other, long nowNanos) {
    if (fetched || other.keys.isEmpty()) {
      return;
    }
    keys = other.keys;
    stands = true;
    standsUntilNanos = other.stands ? other.standsUntilNanos : nowNanos + STAND_NANOS;
    log.info(
        "keys of tokens stay until others are fetched: url={} before={} keys={} seconds={}",
        shown,
        other.shown,
        keys.size(),
        (standsUntilNanos - nowNanos) / 1_000_000_000);
  }

  /** Gives up the keys of another source when their time is over; true if it has done so. */
  boolean isLeftAlone(long nowNanos) {
    if (!stands || nowNanos - standsUntilNanos < 0) {
      return false;
    }
    stands = false;
    keys = List.of();
    log.warn("keys of tokens given up, as no others could be fetched: url={}", shown);
    return true;
  }

  /** How many fetches in a row have brought nothing. */
  int failures() {
    return failures;
  }

  /** Fetches, unless that is under way. Succeeds when done, whatever came of it. */
  Future<Void> fetch() {
    if (fetching != null) {
      return fetching;
    }
    Promise<Void> done = Promise.promise();
    fetching = done.future();
    get()
        .onComplete(
            answer -> {
              fetching = null;
              if (answer.succeeded()) {
                take(answer.result());
              } else {
                failed(reason(answer.cause()));
              }
              done.complete();
            });
    return done.future();
  }

  private Future<Buffer> get() {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setAbsoluteURI(url.toString())
            .setFollowRedirects(false)
            .setConnectTimeout(FETCH_MILLIS)
            .putHeader("Accept", "application/jwk-set+json, application/json");
    Promise<Buffer> body = Promise.promise();
    client
        .request(options)
        .onFailure(body::tryFail)
        .onSuccess(
            request -> {
              body.future().onFailure(failed -> request.reset());
              request.send().onFailure(body::tryFail).onSuccess(answer -> read(answer, body));
            });
    long timer =
        vertx.setTimer(
            FETCH_MILLIS,
            late -> body.tryFail(new NoKeys("no answer within " + FETCH_MILLIS + " ms")));
    return body.future().onComplete(done -> vertx.cancelTimer(timer));
  }

  private static void read(HttpClientResponse response, Promise<Buffer> body) {
    if (response.statusCode() != 200) {
      body.tryFail(new NoKeys("status " + response.statusCode()));
      return;
    }
    Buffer read = Buffer.buffer();
    response
        .handler(
            chunk -> {
              if (read.length() + chunk.length() > MOST_BYTES) {
                body.tryFail(new NoKeys("more than " + MOST_BYTES + " bytes"));
              } else {
                read.appendBuffer(chunk);
              }
            })
        .exceptionHandler(body::tryFail)
        .endHandler(end -> body.tryComplete(read));
  }

  private static String reason(Throwable cause) {
    return cause instanceof NoKeys ? cause.getMessage() : cause.getClass().getSimpleName();
  }

  private void take(Buffer body) {
    List<VerificationKey> read = JwkSet.read(body.getBytes());
    if (read.isEmpty()) {
      failed("no key that can be used");
      return;
    }
    if (failures > 0 || !fetched) {
      log.info("keys of tokens fetched: url={} keys={}", shown, read.size());
    }
    failures = 0;
    fetched = true;
    stands = false;
    sinceNanos = System.nanoTime();
    if (!isSame(read)) {
      keys = read;
    }
  }

  private boolean isSame(List<VerificationKey> read) {
    boolean same = read.size() == keys.size();
    for (int i = 0; same && i < read.size(); i++) {
      same = read.get(i).isSame(keys.get(i));
    }
    return same;
  }

  private void failed(String reason) {
    failures++;
    if (failures == 1) {
      log.warn(
          "keys of tokens not fetched: url={} reason={}; {} known keys stay",
          shown,
          reason,
          keys.size());
    }
  }
}
