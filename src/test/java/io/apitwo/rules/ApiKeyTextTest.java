package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeyTextTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @Test
  void a_new_key_reads_as_itself_and_fits_its_hash_alone() {
    Set<String> texts = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      ApiKeyText key = ApiKeyText.random(RANDOM);
      assertThat(ApiKeyText.parse(key.text())).isEqualTo(key);
      assertThat(texts.add(key.text()) && texts.add(key.id())).isTrue();
      ApiKeyHash hash = ApiKeyHash.parse(ApiKeyHash.of(key, RANDOM).toString());
      assertThat(hash.id()).isEqualTo(key.id());
      assertThat(hash.matches(key)).isTrue();
      ApiKeyText forged = ApiKeyText.parse("ak_" + key.id() + "_" + "A".repeat(43));
      assertThat(hash.matches(forged)).isFalse();
    }
  }

  @Test
  void a_hash_is_the_sha256_of_salt_and_key() {
    ApiKeyText key = ApiKeyText.parse("ak_a1B2c3D4_" + "x".repeat(43));
    assertThat(
            ApiKeyHash.parse(
                    "a1B2c3D4:00112233445566778899aabbccddeeff:"
                        + "14b84cc9b4a789edc5f8155ccfceac75236e430be79a3aee0b47f997a8115eec")
                .matches(key))
        .isTrue();
  }

  @Test
  void two_hashes_of_a_key_differ() {
    ApiKeyText key = ApiKeyText.random(RANDOM);
    assertThat(ApiKeyHash.of(key, RANDOM).toString())
        .isNotEqualTo(ApiKeyHash.of(key, RANDOM).toString());
  }

  @Test
  void a_key_does_not_print_its_secret() {
    ApiKeyText key = ApiKeyText.random(RANDOM);
    assertThat(key.toString()).contains(key.id()).doesNotContain(key.text().substring(16));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ak_",
        "ak__",
        "ak_a1B2c3D4",
        "ak_a1B2c3D4_",
        "a1B2c3D4",
        "ak_a1B2c3D4_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ak_a1B2c3D4_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ak_a1B2c3D_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ak_a1B2:3D4_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "AK_a1B2c3D4_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ak_a1B2c3D4_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
      })
  void other_texts_are_no_keys(String text) {
    assertThat(ApiKeyText.parse(text)).isNull();
  }
}
