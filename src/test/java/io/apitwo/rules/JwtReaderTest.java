package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.apitwo.TestTokens;
import io.apitwo.rules.Identity.Failures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys of tokens that are refused when rules are loaded, rather than never fitting a token. */
class JwtReaderTest {
  @TempDir static Path folder;

  @BeforeEach
  void write() throws Exception {
    for (String kind : List.of("RSA", "secp256r1", "Ed25519")) {
      pem(kind, TestTokens.pair(kind, "own").getPublic());
    }
    pem("other", TestTokens.pair("RSA", "next").getPublic());
    KeyPairGenerator weak = KeyPairGenerator.getInstance("RSA");
    weak.initialize(1_024);
    pem("weak", weak.generateKeyPair().getPublic());
    for (int bytes : new int[] {31, 32, 47, 48, 63, 64}) {
      Files.writeString(folder.resolve("secret" + bytes), "s".repeat(bytes) + "\n");
    }
  }

  private static void pem(String name, PublicKey key) throws Exception {
    Files.writeString(folder.resolve(name), TestTokens.pem(key));
  }

  private static Identity identity(String members) throws InvalidDocumentException {
    String text =
        """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo }]
        identity: { %s }
        """;
    return RulesDocument.parse("", text.formatted(members), name -> null).identity();
  }

  private static String jwt(String keys, String algorithms) {
    return "jwt: { keys: ["
        + keys.replace("@", folder + "/")
        + "], algorithms: ["
        + algorithms
        + "] }";
  }

  private static List<String> problems(String members) {
    InvalidDocumentException e =
        catchThrowableOfType(InvalidDocumentException.class, () -> identity(members));
    return e == null ? List.of() : e.problems().stream().map(Problem::expected).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ pem: @RSA }|HS256|a key for one of the algorithms HS256",
        "{ pem: @RSA }|ES256, HS256|a key for one of the algorithms HS256, ES256",
        "{ pem: @secp256r1 }|ES384|a key for one of the algorithms ES384",
        "{ secretFile: @secret64 }|RS256|a key for one of the algorithms RS256",
        "{ pem: @weak }|RS256|a readable file with a PUBLIC KEY or CERTIFICATE in PEM",
        "{ secretFile: @secret31 }|HS256|a readable file of at least 32 bytes",
        "{ secretFile: @secret47 }|HS256, HS384|a secret of at least 48 bytes for HS384",
        "{ secretFile: @secret63 }|HS512|a secret of at least 64 bytes for HS512",
        "{ pem: @RSA }, { pem: @other }|RS256|a kid for each of several keys of one kind",
        "{ pem: @RSA, kid: a }, { pem: @other }|RS256|a kid for each of several keys of one kind",
        "{ pem: @RSA }, { pem: @other, kid: a }|RS256|a kid for each of several keys of one kind",
        "{ pem: @RSA, kid: a }, { pem: @other, kid: a }|RS256|each kid once",
        "{ jwks: 'https://a/b', kid: a }|RS256|a kid with pem or secretFile alone: a set names its own",
        "{ pem: @RSA, kid: '' }|RS256|a text of 1 to 256 characters"
      })
  void keys_that_could_not_be_used_are_refused(String keys, String algorithms, String expected) {
    assertThat(problems(jwt(keys, algorithms))).containsExactly(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ pem: @RSA }|RS256, PS512, ES256",
        "{ pem: @RSA }, { pem: @secp256r1 }, { pem: @Ed25519 }, { secretFile: @secret32 }|RS256, ES256, EdDSA, HS256",
        "{ pem: @RSA, kid: a }, { pem: @other, kid: b }, { secretFile: @secret48, kid: a }|RS256, HS384",
        "{ secretFile: @secret64 }|HS256, HS384, HS512"
      })
  void keys_that_can_be_used_are_taken(String keys, String algorithms) throws Exception {
    assertThat(identity(jwt(keys, algorithms)).jwt()).isNotNull();
  }

  @Test
  void failures_are_a_rate() throws Exception {
    assertThat(identity("ipv6Prefix: 64").failures()).isEqualTo(new Failures(600, 60_000_000));
    assertThat(identity("failures: 5/s").failures()).isEqualTo(new Failures(5, 1_000_000));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0/s", "none", "1000001/s", "5"})
  void failures_are_bounded(String failures) {
    assertThat(problems("failures: " + failures)).hasSize(1);
  }
}
