package io.apitwo.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.ApiKeyPlaces;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HiddenKeysTest {
  private final HiddenKeys keys =
      new HiddenKeys(new ApiKeyPlaces(Set.of("x-key"), Set.of("key", "a b")));

  @ParameterizedTest
  @CsvSource({
    "/, /, /",
    "/?, /?, /?",
    "/?a=key, /?a=key, /?a=key",
    "/?key=1, /, /?key=***",
    "/?key, /, /?key",
    "/?key=, /, /?key=***",
    "/?key=1&a=2, /?a=2, /?key=***&a=2",
    "/?a=2&key=1, /?a=2, /?a=2&key=***",
    "/?a=2&key=1&key=3&&b, /?a=2&&b, /?a=2&key=***&key=***&&b",
    "/?%6Bey=1, /, /?%6Bey=***",
    "/?a+b=1&a%20b=2, /, /?a+b=***&a%20b=***",
    "/?Key=1, /?Key=1, /?Key=1",
    "/?key=1?key=2=3, /, /?key=***",
    "/?%zz=1&key=2, /?%zz=1, /?%zz=1&key=***",
    "/key=1, /key=1, /key=1"
  })
  void parameters_with_keys_are_left_out_or_masked(String target, String forwarded, String masked) {
    assertThat(keys.forwarded(target)).isEqualTo(forwarded);
    assertThat(keys.masked(target)).isEqualTo(masked);
  }

  @Test
  void headers_are_found_in_any_case() {
    assertThat(keys.isHeader("X-KEY")).isTrue();
    assertThat(keys.isHeader("X-Keys")).isFalse();
    assertThat(HiddenKeys.NONE.isHeader("X-Key")).isFalse();
  }
}
