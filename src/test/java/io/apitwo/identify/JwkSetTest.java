package io.apitwo.identify;

import static io.apitwo.TestTokens.jwk;
import static io.apitwo.TestTokens.jwks;
import static io.apitwo.TestTokens.pair;
import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.TestTokens;
import io.apitwo.rules.KeyKind;
import io.apitwo.rules.TokenAlgorithm;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JwkSetTest {
  private static final String RSA = jwk(pair("RSA", "own").getPublic());
  private static final String P256 = jwk(pair("secp256r1", "own").getPublic());

  private static List<VerificationKey> read(String... keys) {
    return JwkSet.read(jwks(keys).getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "RSA, RSA",
    "secp256r1, P256",
    "secp384r1, P384",
    "secp521r1, P521",
    "Ed25519, ED25519"
  })
  void public_keys_of_every_kind_are_read(String pair, KeyKind kind) {
    for (int i = 0; i < 20; i++) { // with and without zeros in front, and both signs
      List<VerificationKey> keys =
          read(
              jwk(
                  (pair.equals("RSA") ? pair(pair, "own") : TestTokens.generate(pair))
                      .getPublic()));
      assertThat(keys).singleElement().extracting(VerificationKey::kind).isEqualTo(kind);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"use\":\"enc\"",
        "\"use\":1",
        "\"key_ops\":[]",
        "\"key_ops\":[\"sign\"]",
        "\"key_ops\":\"verify\"",
        "\"key_ops\":[\"encrypt\",\"wrapKey\"]",
        "\"alg\":\"ES256\"",
        "\"alg\":\"HS256\"",
        "\"alg\":\"none\"",
        "\"alg\":null",
        "\"alg\":\"RS1\"",
        "\"alg\":\"RSA-OAEP\"",
        "\"kid\":1",
        "\"kid\":null",
        "\"d\":\"AQAB\"",
        "\"k\":\"AQAB\"",
        "\"p\":\"AQAB\""
      })
  void a_key_that_is_for_something_else_is_passed_over(String more) {
    assertThat(read(RSA + "," + more, P256))
        .singleElement()
        .extracting(VerificationKey::kind)
        .isEqualTo(KeyKind.P256);
  }

  @Test
  void a_key_may_say_what_it_is_for() {
    List<VerificationKey> keys =
        read(
            RSA
                + ",\"use\":\"sig\",\"key_ops\":[\"verify\"],\"alg\":\"PS256\",\"kid\":\"a\",\"x5t\":\"b\"");
    assertThat(keys).hasSize(1);
    assertThat(keys.get(0).kid()).isEqualTo("a");
    assertThat(keys.get(0).isFor(TokenAlgorithm.PS256)).isTrue();
    assertThat(keys.get(0).isFor(TokenAlgorithm.RS256)).isFalse();
  }

  private static String rsa(BigInteger n, BigInteger e) {
    return "\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"".formatted(base64(n), base64(e));
  }

  private static String base64(BigInteger number) {
    byte[] bytes = number.toByteArray();
    return TestTokens.base64(
        bytes[0] == 0 ? java.util.Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
  }

  @Test
  void weak_keys_are_passed_over() {
    BigInteger good =
        ((java.security.interfaces.RSAPublicKey) pair("RSA", "own").getPublic()).getModulus();
    BigInteger e = BigInteger.valueOf(65_537);
    assertThat(read(rsa(good, e))).hasSize(1);
    assertThat(read(rsa(good.shiftRight(1).setBit(0), e))).as("2047 bits").isEmpty();
    assertThat(read(rsa(BigInteger.ONE.shiftLeft(8_192).setBit(0), e))).as("8193 bits").isEmpty();
    assertThat(read(rsa(good.clearBit(0), e))).as("even").isEmpty();
    assertThat(read(rsa(good, BigInteger.ONE))).isEmpty();
    assertThat(read(rsa(good, BigInteger.TWO))).isEmpty();
    assertThat(read(rsa(good, BigInteger.ONE.shiftLeft(64).setBit(0)))).isEmpty();
    assertThat(read(rsa(roca(), e))).as("of a faulty chip").isEmpty();
  }

  /** A number of 2048 bits that is a power of 65537 modulo each of the small primes. */
  private static BigInteger roca() {
    BigInteger product =
        IntStream.rangeClosed(2, 167)
            .mapToObj(BigInteger::valueOf)
            .filter(n -> n.isProbablePrime(20))
            .reduce(BigInteger.ONE, BigInteger::multiply);
    BigInteger rest = BigInteger.valueOf(65_537).modPow(BigInteger.valueOf(123_457), product);
    BigInteger number = BigInteger.ONE.shiftLeft(2_047);
    number = number.subtract(number.mod(product)).add(product).add(rest);
    return number.testBit(0) ? number : number.add(product);
  }

  @Test
  void points_beside_the_curve_are_passed_over() {
    String other = jwk(pair("secp256r1", "next").getPublic());
    String x = P256.replaceAll(".*\"x\":\"([^\"]*)\".*", "$1");
    assertThat(read(other.replaceFirst("\"x\":\"[^\"]*\"", "\"x\":\"" + x + "\""))).isEmpty();
    assertThat(read(P256.replace("P-256", "P-384"))).isEmpty();
    assertThat(read(P256.replace("P-256", "secp256k1"))).isEmpty();
    assertThat(read("\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"")).isEmpty();
    assertThat(
            read(
                "\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\""
                    + TestTokens.base64(new byte[32])
                    + "\""))
        .isEmpty();
    assertThat(
            read(
                "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\""
                    + TestTokens.base64(new byte[31])
                    + "\""))
        .isEmpty();
  }

  @Test
  void what_is_no_set_has_no_keys() {
    for (String text :
        List.of(
            "",
            "{}",
            "[]",
            "null",
            "{\"keys\":{}}",
            "{\"keys\":[1]}",
            "{\"keys\":[{}]}",
            jwks(RSA) + "x",
            "{\"keys\":[],\"keys\":[{" + RSA + "}]}",
            jwks(RSA + ",\"kty\":\"RSA\""))) {
      assertThat(JwkSet.read(text.getBytes(StandardCharsets.UTF_8))).as(text).isEmpty();
    }
  }
}
