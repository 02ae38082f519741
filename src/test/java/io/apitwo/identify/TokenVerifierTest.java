package io.apitwo.identify;

import static io.apitwo.TestTokens.jwk;
import static io.apitwo.TestTokens.jwks;
import static io.apitwo.TestTokens.pair;
import static io.apitwo.TestTokens.signer;
import static io.apitwo.TestTokens.token;
import static io.apitwo.identify.TokenRig.claims;
import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.TestTokens;
import io.apitwo.rules.Identity.Failures;
import io.apitwo.rules.Identity.Jwt;
import io.apitwo.rules.Identity.TokenKey;
import io.apitwo.telemetry.IdentityMeter.Token;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TokenVerifierTest {
  private static final URI URL = URI.create("https://issuer.example/keys");
  private static final String RIGHT = token("RS256", claims(""));
  private static Vertx vertx;

  @BeforeAll
  @BeforeContainer
  static void start() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  @AfterContainer
  static void stop() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private static TokenRig fetched(String... keys) {
    TokenRig rig = new TokenRig(vertx);
    rig.accept(List.of(new TokenKey.Jwks(URL)), Set.of("RS256", "ES256"));
    put(rig, keys);
    return rig;
  }

  private static void put(TokenRig rig, String... keys) {
    rig.fetched.replace(Map.of(URL, JwkSet.read(jwks(keys).getBytes(StandardCharsets.UTF_8))));
  }

  private static String rsa(String name, String more) {
    return jwk(pair("RSA", name).getPublic()) + more;
  }

  private static String named(String kid, String key) {
    return token(
        "RS256",
        "{\"alg\":\"RS256\"" + (kid == null ? "" : ",\"kid\":\"" + kid + "\"") + "}",
        claims(""),
        signer("RS256", key));
  }

  @Test
  void without_a_key_nothing_passes_signed_or_not() {
    TokenRig rig = new TokenRig(vertx);
    for (Set<String> algorithms : List.of(Set.copyOf(TestTokens.ALGORITHMS), Set.of("RS256"))) {
      for (List<TokenKey> keys :
          List.<List<TokenKey>>of(
              List.of(),
              List.of(new TokenKey.Jwks(URL)),
              List.of(new TokenKey.Pem("no key", null)))) {
        rig.accept(keys, algorithms);
        assertThat(rig.accepts(RIGHT)).isFalse();
        assertThat(rig.accepts(RIGHT.substring(0, RIGHT.lastIndexOf('.')))).isFalse();
        assertThat(
                rig.accepts(
                    TestTokens.base64("{\"alg\":\"none\"}")
                        + "."
                        + TestTokens.base64(claims(""))
                        + "."))
            .isFalse();
      }
    }
  }

  @Test
  void a_verified_token_is_not_verified_again() {
    TokenRig rig = TokenRig.withAllKeys(vertx);
    Identified first = rig.show("Bearer " + RIGHT);
    assertThat(rig.show("BEARER " + RIGHT)).isSameAs(first);
    assertThat(rig.count(Token.VERIFIED)).isEqualTo(1);
    assertThat(rig.count(Token.CACHED)).isEqualTo(1);
  }

  @Test
  void a_token_passes_until_it_expires_and_some_leeway() {
    TokenRig rig = TokenRig.withAllKeys(vertx);
    rig.now = TokenRig.NOW.plusSeconds(64);
    assertThat(rig.accepts(RIGHT)).isTrue();
    rig.now = TokenRig.NOW.plusSeconds(65);
    assertThat(rig.accepts(RIGHT)).isFalse();
    assertThat(rig.count(Token.EXPIRED)).isEqualTo(1);
  }

  @Test
  void a_verified_token_is_forgotten_with_the_key_that_verified_it() {
    TokenRig rig = fetched(rsa("own", ",\"kid\":\"a\""));
    assertThat(rig.accepts(named("a", "own"))).isTrue();
    put(rig, rsa("next", ",\"kid\":\"b\""));
    assertThat(rig.accepts(named("a", "own"))).isFalse();
    assertThat(rig.accepts(named("b", "next"))).isTrue();
    rig.accept(List.of(new TokenKey.Secret(TestTokens.SECRET, null)), Set.of("HS256"));
    assertThat(rig.accepts(named("b", "next"))).isFalse();
  }

  @Test
  void of_several_keys_of_a_kind_the_one_that_is_named_counts() {
    TokenRig rig = fetched(rsa("own", ",\"kid\":\"a\""), rsa("next", ",\"kid\":\"b\""));
    assertThat(rig.accepts(named("a", "own"))).isTrue();
    assertThat(rig.accepts(named("b", "next"))).isTrue();
    assertThat(rig.accepts(named("a", "next"))).isFalse();
    assertThat(rig.accepts(named("b", "own"))).isFalse();
    assertThat(rig.accepts(named("c", "own"))).isFalse();
    assertThat(rig.accepts(named(null, "own"))).isFalse();
  }

  @Test
  void two_keys_of_one_name_are_none() {
    TokenRig rig =
        fetched(
            rsa("own", ",\"kid\":\"a\""),
            rsa("next", ",\"kid\":\"a\""),
            rsa("x", ",\"kid\":\"c\""));
    assertThat(rig.accepts(named("a", "own"))).isFalse();
    assertThat(rig.accepts(named("a", "next"))).isFalse();
    assertThat(rig.accepts(named("c", "x"))).isTrue();
  }

  @Test
  void the_only_key_of_a_kind_need_not_be_named_but_must_not_be_called_by_another_name() {
    TokenRig rig = fetched(rsa("own", ",\"kid\":\"a\""));
    assertThat(rig.accepts(named(null, "own"))).isTrue();
    assertThat(rig.accepts(named("a", "own"))).isTrue();
    assertThat(rig.accepts(named("b", "own"))).isFalse();
  }

  @Test
  void a_key_is_used_for_nothing_but_what_it_is_for() {
    TokenRig rig = fetched(rsa("own", ",\"alg\":\"RS512\""));
    assertThat(rig.accepts(named(null, "own"))).isFalse();
    assertThat(rig.count(Token.KEY)).isEqualTo(1);
  }

  @Test
  void failures_are_bounded_and_verified_tokens_do_not_mind() {
    TokenRig rig = new TokenRig(vertx);
    rig.accept(
        new Jwt(TokenRig.allKeys(), Set.of("RS256"), null, Set.of(), Duration.ZERO),
        new Failures(3, 60_000_000));
    assertThat(rig.accepts(RIGHT)).isTrue();
    String wrong = named(null, "next");
    for (int i = 0; i < 3; i++) {
      assertThat(rig.accepts(wrong)).isFalse();
    }
    assertThat(rig.show("Bearer " + wrong)).isEqualTo(new Identified.TooManyFailures(20));
    assertThat(rig.accepts(RIGHT)).as("known").isTrue();
    assertThat(rig.show("Bearer " + token("RS256", claims(",\"a\":1"))))
        .isInstanceOf(Identified.TooManyFailures.class);
    assertThat(rig.show("Bearer nonsense")).isEqualTo(Identified.NOBODY);
    rig.nanos += 20_000_000_000L;
    assertThat(rig.accepts(token("RS256", claims(",\"a\":1")))).isTrue();
    assertThat(rig.accepts(token("RS256", claims(",\"a\":2")))).as("successes cost none").isTrue();
  }

  @Test
  void one_authorization_header_counts_and_no_two() {
    TokenRig rig = TokenRig.withAllKeys(vertx);
    assertThat(rig.show()).isEqualTo(Identified.NOBODY);
    assertThat(rig.show("Basic " + RIGHT)).isEqualTo(Identified.NOBODY);
    assertThat(rig.show(RIGHT)).isEqualTo(Identified.NOBODY);
    assertThat(rig.show("Bearer " + RIGHT, "Bearer " + RIGHT)).isEqualTo(Identified.NOBODY);
    assertThat(rig.show("Bearer")).isEqualTo(Identified.NOBODY);
  }

  @Property(tries = 2_000)
  void a_token_that_was_changed_in_any_way_does_not_pass(
      @ForAll @IntRange(max = 12) int algorithm,
      @ForAll @Size(min = 1, max = 4) List<@IntRange(max = 1_000_000) Integer> changes) {
    TokenRig rig = MUTATED;
    String right = TOKENS.get(algorithm);
    StringBuilder text = new StringBuilder(right);
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \u00e9";
    for (int change : changes) {
      int at = change / 300 % text.length();
      char c = alphabet.charAt(change / 4 % alphabet.length());
      switch (change % 4) {
        case 0 -> text.setCharAt(at, c);
        case 1 -> text.insert(at, c);
        case 2 -> text.deleteCharAt(at);
        default -> text.setCharAt(at, (char) (text.charAt(at) ^ 1));
      }
    }
    assertThat(rig.accepts(text.toString())).isEqualTo(text.toString().strip().equals(right));
  }

  private static final List<String> TOKENS =
      TestTokens.ALGORITHMS.stream().map(each -> token(each, claims(""))).toList();
  private static final TokenRig MUTATED = TokenRig.withAllKeys(Vertx.vertx());
}
