package io.apitwo.identify;

import static io.apitwo.TestTokens.ALGORITHMS;
import static io.apitwo.TestTokens.base64;
import static io.apitwo.TestTokens.signed;
import static io.apitwo.TestTokens.signer;
import static io.apitwo.TestTokens.token;
import static io.apitwo.identify.TokenRig.NOW_SECONDS;
import static io.apitwo.identify.TokenRig.claims;
import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.TestTokens;
import io.apitwo.rules.Identity.Failures;
import io.apitwo.rules.Identity.Jwt;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that must not pass, several hundred of them, and those that must. */
class TokenCorpusTest {
  private static final String OWN = "own";
  private static Vertx vertx;

  private final TokenRig rig = TokenRig.withAllKeys(vertx);

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stop() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  static List<String> algorithms() {
    return ALGORITHMS;
  }

  private static String header(String algorithm, String more) {
    return "{\"alg\":\"" + algorithm + "\",\"typ\":\"JWT\"" + more + "}";
  }

  private static String own(String algorithm, String header, String claims) {
    return token(algorithm, header, claims, signer(algorithm, OWN));
  }

  @ParameterizedTest
  @MethodSource("algorithms")
  void right_tokens_of_every_algorithm_pass(String algorithm) {
    assertThat(rig.accepts(token(algorithm, claims("")))).isTrue();
    assertThat(rig.accepts(own(algorithm, header(algorithm, ""), claims("")))).isTrue();
    assertThat(rig.accepts(own(algorithm, header(algorithm, ",\"kid\":\"any\""), claims(""))))
        .isTrue();
    String spaced = "{ \"typ\" : \"at+jwt\" ,\r\n \"alg\" : \"" + algorithm + "\" }";
    assertThat(
            rig.accepts(own(algorithm, spaced, claims(",\"name\":\"J\u00fcrgen \ud83d\ude00\""))))
        .isTrue();
    for (int i = 0; i < 20; i++) { // signatures of all lengths that their numbers may have
      assertThat(rig.accepts(token(algorithm, claims(",\"jti\":\"" + i + "\"")))).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("algorithms")
  void tokens_of_algorithms_that_are_not_accepted_do_not_pass(String algorithm) {
    rig.accept(
        TokenRig.allKeys(),
        Set.copyOf(ALGORITHMS.stream().filter(each -> !each.equals(algorithm)).toList()));
    assertThat(rig.accepts(token(algorithm, claims("")))).isFalse();
  }

  @Test
  void no_wrong_token_passes_and_none_is_too_much_to_read() {
    Map<String, String> corpus = new LinkedHashMap<>();
    ALGORITHMS.forEach(algorithm -> wrongSignatures(algorithm, corpus));
    confusions(corpus);
    structures(corpus);
    headers(corpus);
    wrongClaims(corpus);
    assertThat(corpus).hasSizeGreaterThan(500);
    corpus.forEach(
        (name, text) -> {
          assertThat(rig.show("Bearer " + text)).as(name).isEqualTo(Identified.NOBODY);
          assertThat(rig.show("bearer   " + text)).as(name).isEqualTo(Identified.NOBODY);
        });
    assertThat(rig.counts.values().stream().mapToInt(each -> each).sum())
        .isEqualTo(2 * corpus.size());
    assertThat(rig.accepts(token("HS256", claims("")))).as("and the verifier is whole").isTrue();
  }

  private static void wrongSignatures(String algorithm, Map<String, String> corpus) {
    String content = base64(header(algorithm, "")) + "." + base64(claims(""));
    byte[] right = TestTokens.signature(algorithm, content, signer(algorithm, OWN));
    Map<String, byte[]> signatures = new LinkedHashMap<>();
    for (int at : new int[] {0, 1, right.length / 2, right.length - 1}) {
      byte[] flipped = right.clone();
      flipped[at] ^= 1;
      signatures.put("with byte " + at + " flipped", flipped);
    }
    signatures.put("cut by one", Arrays.copyOf(right, right.length - 1));
    signatures.put("cut in front", Arrays.copyOfRange(right, 1, right.length));
    signatures.put("of half", Arrays.copyOf(right, right.length / 2));
    signatures.put("longer by one", Arrays.copyOf(right, right.length + 1));
    signatures.put("longer by many", Arrays.copyOf(right, right.length * 2));
    signatures.put("of zeros", new byte[right.length]);
    signatures.put("of one zero", new byte[1]);
    byte[] ones = new byte[right.length];
    Arrays.fill(ones, (byte) 0xff);
    signatures.put("of ones", ones);
    byte[] der = new byte[right.length];
    System.arraycopy(new byte[] {0x30, 6, 2, 1, 0, 2, 1, 0}, 0, der, 0, 8);
    signatures.put("that is DER of zeros", der);
    signatures.put("that is short DER of zeros", Arrays.copyOf(der, 8));
    signatures.forEach(
        (name, bytes) -> corpus.put(algorithm + " " + name, content + "." + base64(bytes)));

    corpus.put(algorithm + " by another key", signed(algorithm, content, signer(algorithm, "x")));
    String other = base64(header(algorithm, "")) + "." + base64(claims(",\"admin\":true"));
    corpus.put(algorithm + " of other claims", other + "." + base64(right));
    String otherHeader = base64(header(algorithm, ",\"x\":1")) + "." + base64(claims(""));
    corpus.put(algorithm + " of another header", otherHeader + "." + base64(right));
    for (String said : ALGORITHMS) {
      if (!said.equals(algorithm)) {
        String lying = base64(header(said, "")) + "." + base64(claims(""));
        corpus.put(
            algorithm + " said to be " + said, signed(algorithm, lying, signer(algorithm, OWN)));
      }
    }
  }

  private static void confusions(Map<String, String> corpus) {
    for (String kind : List.of("RSA", "secp256r1", "secp384r1", "secp521r1", "Ed25519")) {
      PublicKey key = TestTokens.pair(kind, OWN).getPublic();
      String pem = TestTokens.pem(key);
      Map<String, Key> secrets = new LinkedHashMap<>();
      secrets.put("PEM", TestTokens.secret(pem));
      secrets.put("stripped PEM", TestTokens.secret(pem.strip()));
      secrets.put("one-line PEM", TestTokens.secret(pem.replaceAll("\\s", "")));
      secrets.put("DER", TestTokens.secret(key.getEncoded()));
      secrets.put("JWK", TestTokens.secret("{" + TestTokens.jwk(key) + "}"));
      for (String algorithm : List.of("HS256", "HS384", "HS512")) {
        secrets.forEach(
            (form, secret) ->
                corpus.put(
                    algorithm + " by the " + form + " of the public " + kind + " key",
                    token(algorithm, header(algorithm, ""), claims(""), secret)));
      }
    }
    for (String guess : List.of("secret", " ", "null", "0", "password")) {
      corpus.put(
          "HS256 by " + guess,
          token("HS256", header("HS256", ""), claims(""), TestTokens.secret(guess)));
    }
    corpus.put(
        "HS256 by zeros",
        token("HS256", header("HS256", ""), claims(""), TestTokens.secret(new byte[32])));
  }

  private static void structures(Map<String, String> corpus) {
    String right = token("HS256", claims(""));
    String[] parts = right.split("\\.");
    for (String none : List.of("none", "None", "NONE", "nOnE", "none ", "", "null")) {
      String unsigned = base64("{\"alg\":\"" + none + "\"}") + "." + base64(claims(""));
      corpus.put("alg '" + none + "' in two parts", unsigned);
      corpus.put("alg '" + none + "' and an empty signature", unsigned + ".");
      corpus.put("alg '" + none + "' and a signature", unsigned + "." + parts[2]);
      corpus.put("alg '" + none + "' and two dots", unsigned + "..");
    }
    List<String> texts =
        List.of(
            "",
            ".",
            "..",
            "...",
            "a",
            "a.b",
            "a.b.c",
            "a.b.c.d",
            "a.b.c.d.e",
            "null",
            "undefined",
            "{}",
            right + ".",
            "." + right,
            right + "." + parts[2],
            parts[0] + "." + parts[1],
            parts[0] + "." + parts[1] + ".",
            parts[0] + ".." + parts[2],
            "." + parts[1] + "." + parts[2],
            parts[1] + "." + parts[0] + "." + parts[2],
            right + "=",
            right + "==",
            right.replace(".", "=."),
            right + "\n",
            right + "%3D",
            right + "\0",
            right + "a",
            right + "A",
            right + "-",
            right + "_",
            right + "aaaa",
            right + ",",
            right + ";",
            right + " " + right,
            right + ", Bearer " + right,
            "Bearer " + right,
            "\"" + right + "\"",
            "\u00e9" + right,
            right + "\u00e9",
            right.replace('.', '\u3002'),
            parts[0] + "\u200b." + parts[1] + "." + parts[2],
            "a".repeat(5_000),
            ".".repeat(4_000),
            "a.".repeat(2_000),
            parts[0] + "." + parts[1] + "." + "A".repeat(3_000),
            padded(parts[0]) + "." + parts[1] + "." + parts[2],
            parts[0] + "." + padded(parts[1]) + "." + parts[2]);
    for (String text : texts) {
      if (!text.strip().equals(right)) {
        corpus.put("text " + corpus.size(), text);
      }
    }
    String content = parts[0] + "." + parts[1];
    byte[] signature = TestTokens.signature("HS256", content, signer("HS256", OWN));
    corpus.put("plain base64", content + "." + Base64.getEncoder().encodeToString(signature));
    for (char end :
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".toCharArray()) {
      String last = right.substring(0, right.length() - 1) + end;
      if (!last.equals(right)) {
        corpus.put("with other last bits " + end, last);
      }
    }
    corpus.put(
        "longer than 4 KiB", token("HS256", claims(",\"pad\":\"" + "x".repeat(4_000) + "\"")));
  }

  private static String padded(String part) {
    return part + "=".repeat((4 - part.length() % 4) % 4) + (part.length() % 4 == 0 ? "=" : "");
  }

  private static void headers(Map<String, String> corpus) {
    KeyPair mine = TestTokens.pair("RSA", "attacker");
    String jwk = "{" + TestTokens.jwk(mine.getPublic()) + "}";
    for (String more :
        List.of(
            "\"jwk\":" + jwk,
            "\"jku\":\"http://127.0.0.1/keys\"",
            "\"x5u\":\"http://127.0.0.1/c\"",
            "\"x5c\":[\"AAAA\"]",
            "\"jwk\":null",
            "\"crit\":null",
            "\"kid\":\"../../dev/null\"")) {
      corpus.put(
          "by a key of its own, " + more.substring(0, 6),
          token("RS256", header("RS256", "," + more), claims(""), mine.getPrivate()));
    }
    List<String> members =
        List.of(
            "\"crit\":[\"exp\"]",
            "\"crit\":[]",
            "\"crit\":null",
            "\"b64\":false",
            "\"b64\":true",
            "\"jwk\":{}",
            "\"jku\":\"x\"",
            "\"x5u\":\"x\"",
            "\"x5c\":[]",
            "\"zip\":\"DEF\"",
            "\"enc\":\"A128GCM\"",
            "\"kid\":1",
            "\"kid\":null",
            "\"kid\":[\"a\"]",
            "\"kid\":{}",
            "\"kid\":\"" + "k".repeat(300) + "\"",
            "\"typ\":1",
            "\"typ\":null",
            "\"typ\":\"logout+jwt\"",
            "\"typ\":\"JWE\"",
            "\"alg\":\"HS256\"",
            "\"alg\":\"none\"",
            "\"\\u0061lg\":\"none\"",
            "\"typ\":\"JWT\"");
    for (String more : members) {
      corpus.put(
          "header with " + more.substring(0, Math.min(30, more.length())),
          own("HS256", header("HS256", "," + more), claims("")));
    }
    List<String> texts =
        List.of(
            "{}",
            "[]",
            "null",
            "1",
            "\"HS256\"",
            "",
            " ",
            "{",
            "{\"alg\":\"HS256\"",
            "{\"alg\":\"HS256\"}}",
            "{\"alg\":\"HS256\"}{}",
            "{\"alg\":\"HS256\"} x",
            "[{\"alg\":\"HS256\"}]",
            "{'alg':'HS256'}",
            "{alg:\"HS256\"}",
            "{\"alg\":\"HS256\",}",
            "{\"ALG\":\"HS256\"}",
            "{\"alg\":null}",
            "{\"alg\":256}",
            "{\"alg\":[\"HS256\"]}",
            "{\"alg\":{\"HS256\":1}}",
            "{\"alg\":true}",
            "{\"alg\":\"hs256\"}",
            "{\"alg\":\"HS256 \"}",
            "{\"alg\":\" HS256\"}",
            "{\"alg\":\"HS256\\u0000\"}",
            "{\"alg\":\"HS-256\"}",
            "{\"alg\":\"HS1\"}",
            "{\"alg\":\"HS224\"}",
            "{\"alg\":\"RS1\"}",
            "{\"alg\":\"ES256K\"}",
            "{\"alg\":\"dir\"}",
            "{\"alg\":\"A128KW\"}",
            "{\"alg\":\"RSA-OAEP\"}",
            "{\"alg\":\"eddsa\"}",
            "{\"alg\":\"Ed25519\"}",
            "\ufeff{\"alg\":\"HS256\"}",
            "/**/{\"alg\":\"HS256\"}",
            "{\"alg\":\"HS256\"}//",
            "{\"alg\":\"HS256\",\"x\":NaN}",
            "{\"alg\":\"HS256\",\"x\":01}",
            "{\"alg\":\"HS256\",\"x\":\"\t\"}",
            "{\"alg\":\"HS256\",\"x\":" + "[".repeat(500) + "]".repeat(500) + "}",
            "{\"alg\":\"HS256\",\"x\":{\"a\":1,\"a\":2}}");
    for (String text : texts) {
      corpus.put(
          "header " + text.substring(0, Math.min(60, text.length())),
          own("HS256", text, claims("")));
    }
    byte[][] bytes = {
      "{\"alg\":\"HS256\"}".getBytes(StandardCharsets.UTF_16LE),
      "{\"alg\":\"HS256\"}".getBytes(StandardCharsets.UTF_16),
      "{\"alg\":\"HS256\",\"x\":\"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1),
      {
        '{',
        '"',
        'a',
        'l',
        'g',
        '"',
        ':',
        '"',
        'H',
        'S',
        '2',
        '5',
        '6',
        '"',
        ',',
        '"',
        (byte) 0xc0,
        (byte) 0x80,
        '"',
        ':',
        '1',
        '}'
      },
      new byte[300]
    };
    for (int i = 0; i < bytes.length; i++) {
      corpus.put(
          "header of bytes " + i,
          signed("HS256", base64(bytes[i]) + "." + base64(claims("")), signer("HS256", OWN)));
      byte[] claims =
          new String(bytes[i], StandardCharsets.ISO_8859_1)
              .replace("\"alg\":\"HS256\"", "\"exp\":" + (NOW_SECONDS + 60))
              .getBytes(StandardCharsets.ISO_8859_1);
      corpus.put(
          "claims of bytes " + i,
          signed(
              "HS256", base64(header("HS256", "")) + "." + base64(claims), signer("HS256", OWN)));
    }
  }

  private static void wrongClaims(Map<String, String> corpus) {
    long soon = NOW_SECONDS + 60;
    List<String> times =
        List.of(
            "\"1\"",
            "\"" + soon + "\"",
            "null",
            "true",
            "false",
            "[]",
            "[" + soon + "]",
            "{}",
            "{\"a\":1}",
            "1e300",
            "-1e300",
            "1e9999",
            "-1",
            "0",
            "-0",
            "0.5",
            soon + ".5",
            soon + ".0",
            soon + "e0",
            "1e10",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551616",
            "99999999999999999999999999999999",
            "1".repeat(400),
            "253402300800",
            "-9223372036854775808",
            "" + (NOW_SECONDS - 5),
            "" + (NOW_SECONDS - 3_600),
            "1");
    for (String time : times) {
      corpus.put(
          "exp " + time.substring(0, Math.min(40, time.length())),
          token("HS256", "{\"sub\":\"a\",\"exp\":" + time + "}"));
    }
    List<String> others =
        List.of(
            "\"1\"",
            "\"x\"",
            "null",
            "true",
            "[]",
            "{}",
            "1e300",
            "-1",
            "-1e300",
            "1e9999",
            "" + (NOW_SECONDS + 6),
            "9223372036854775808",
            "253402300800",
            "\"\"");
    for (String time : others) {
      corpus.put("nbf " + time, token("HS256", claims(",\"nbf\":" + time)));
      corpus.put("iat " + time, token("HS256", claims(",\"iat\":" + time)));
    }
    List<String> texts =
        List.of(
            "{}",
            "[]",
            "null",
            "1",
            "\"x\"",
            "",
            "{",
            "{\"exp\":" + soon,
            "[{\"exp\":" + soon + "}]",
            "{\"exp\":" + soon + "}{}",
            "{\"exp\":" + soon + "} x",
            "{\"exp\":" + soon + ",}",
            "{\"Exp\":" + soon + "}",
            "{\"sub\":\"a\"}",
            "{\"exp\":" + soon + ",\"exp\":" + soon + "}",
            "{\"exp\":1,\"exp\":" + soon + "}",
            "{\"exp\":" + soon + ",\"\\u0065xp\":" + soon + "}",
            "{\"exp\":" + soon + ",\"sub\":\"a\",\"sub\":\"b\"}",
            "{\"exp\":" + soon + ",\"o\":{\"a\":1,\"a\":2}}",
            "{\"exp\":" + soon + ",\"sub\":\"a\tb\"}",
            "{\"exp\":" + soon + ",\"sub\":\"a\nb\"}",
            "{\"exp\":" + soon + ",\"x\":" + "{\"a\":".repeat(20) + "1" + "}".repeat(20) + "}",
            "\ufeff{\"exp\":" + soon + "}");
    for (String text : texts) {
      corpus.put("claims " + text.substring(0, Math.min(70, text.length())), token("HS256", text));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"iss\":1",
        "\"iss\":null",
        "\"iss\":[\"https://i\"]",
        "\"iss\":\"https://i/\"",
        "\"iss\":\"HTTPS://I\"",
        "\"iss\":\"https://i\",\"aud\":\"c\"",
        "\"iss\":\"https://i\",\"aud\":[]",
        "\"iss\":\"https://i\",\"aud\":[1]",
        "\"iss\":\"https://i\",\"aud\":null",
        "\"iss\":\"https://i\",\"aud\":{\"a\":1}",
        "\"iss\":\"https://i\",\"aud\":[\"a\",1]",
        "\"iss\":\"https://i\",\"aud\":[[\"a\"]]",
        "\"iss\":\"https://i\",\"aud\":\"a b\"",
        "\"aud\":\"a\""
      })
  void issuer_and_audience_have_to_be_right(String members) {
    rig.accept(
        new Jwt(TokenRig.allKeys(), Set.of("HS256"), "https://i", Set.of("a", "b"), Duration.ZERO),
        new Failures(1_000, 1_000));
    String wrong = members.isEmpty() ? "" : "," + members;
    assertThat(rig.accepts(token("HS256", claims(wrong)))).isFalse();
    assertThat(rig.accepts(token("HS256", claims(",\"iss\":\"https://i\",\"aud\":\"a\""))))
        .isTrue();
    assertThat(rig.accepts(token("HS256", claims(",\"iss\":\"https://i\",\"aud\":[\"x\",\"b\"]"))))
        .isTrue();
  }
}
