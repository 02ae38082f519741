package io.apitwo.identify;

import static io.apitwo.TestTokens.jwk;
import static io.apitwo.TestTokens.jwks;
import static io.apitwo.TestTokens.pair;
import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.TestUpstream;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A source that stands in the place of another one. */
class JwksSourceTest {
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client = vertx.createHttpClient();

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private JwksSource source(int port) {
    return new JwksSource(vertx, client, URI.create("http://127.0.0.1:" + port + "/keys"));
  }

  private static void fetch(JwksSource source) {
    source.fetch().toCompletionStage().toCompletableFuture().join();
  }

  private static TestUpstream issuer(String key) throws Exception {
    String set = jwks(jwk(pair("RSA", key).getPublic()));
    return new TestUpstream(request -> request.response().end(set));
  }

  @Test
  void the_keys_of_another_source_are_good_for_ten_minutes() throws Exception {
    try (TestUpstream issuer = issuer("own")) {
      JwksSource before = source(issuer.port());
      fetch(before);
      JwksSource next = source(1);
      long now = System.nanoTime();
      next.standsFor(before, now);
      fetch(next);
      JwksSource last = source(1);
      last.standsFor(next, now + 5 * MINUTE);
      for (JwksSource source : List.of(next, last)) {
        assertThat(source.isLeftAlone(now + 10 * MINUTE - 1)).isFalse();
        assertThat(source.keys()).hasSize(1).isSameAs(before.keys());
        assertThat(source.isLeftAlone(now + 10 * MINUTE)).isTrue();
        assertThat(source.keys()).isEmpty();
        assertThat(source.isLeftAlone(now + 10 * MINUTE)).isFalse();
      }
    }
  }

  @Test
  void own_keys_take_the_place_of_others_and_keep_it() throws Exception {
    try (TestUpstream issuer = issuer("own");
        TestUpstream other = issuer("next")) {
      JwksSource before = source(issuer.port());
      fetch(before);
      JwksSource next = source(other.port());
      next.standsFor(before, System.nanoTime());
      fetch(next);
      assertThat(next.keys()).hasSize(1).isNotSameAs(before.keys());
      next.standsFor(before, System.nanoTime());
      assertThat(next.keys()).isNotSameAs(before.keys());
      assertThat(next.isLeftAlone(System.nanoTime() + 11 * MINUTE)).isFalse();
    }
  }
}
