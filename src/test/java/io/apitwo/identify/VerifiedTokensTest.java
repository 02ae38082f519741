package io.apitwo.identify;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.identify.VerifiedTokens.Hash;
import io.apitwo.identify.VerifiedTokens.Verified;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is remembered of verified tokens, and for how long. */
class VerifiedTokensTest {
  private static final long MOST_BYTES = 100_000;
  private static final long NOW = 1_000;

  private final VerifiedTokens tokens = new VerifiedTokens(MOST_BYTES);

  private static Hash hash(int number) {
    return new Hash(number, 0, 0, 0);
  }

  private static String line(int number) {
    return "Bearer " + "x".repeat(1_000) + number;
  }

  private void put(int number, long untilSeconds, Map<String, Object> claims) {
    Credentials credentials = new Credentials(claims, null, null);
    tokens.put(hash(number), new Verified(new Identified.As(credentials), untilSeconds));
  }

  @Test
  void they_take_their_share_of_the_heap_and_no_more() {
    Map<String, Object> claims =
        Map.of("text", "x".repeat(300), "list", List.of(1L, Map.of("a", true)));
    for (int i = 0; i < 1_000; i++) {
      put(i, NOW + 9, claims);
      assertThat(tokens.find(hash(i), NOW)).isNotNull();
      tokens.remember(line(i), hash(i));
      assertThat(tokens.bytes()).isBetween(1L, MOST_BYTES);
    }
    assertThat(tokens.find(hash(0), NOW)).isNull();
    assertThat(tokens.recent(line(0), NOW)).isNull();
    assertThat(tokens.recent(line(999), NOW)).isNotNull();
    tokens.clear();
    assertThat(tokens.bytes()).isZero();
  }

  @Test
  void one_that_takes_more_than_all_may_is_not_kept() {
    put(1, NOW + 9, Map.of("text", "\u4f60".repeat((int) MOST_BYTES / 2)));
    assertThat(tokens.find(hash(1), NOW)).isNull();
    assertThat(tokens.bytes()).isZero();
  }

  @Test
  void expired_ones_are_forgotten_though_nobody_shows_them() {
    for (int i = 0; i < 20; i++) {
      put(i, NOW + i, Map.of("number", (long) i));
      tokens.remember(line(i), hash(i));
    }
    tokens.find(hash(-1), NOW + 10);
    assertThat(tokens.find(hash(15), NOW + 10)).isNotNull();
    tokens.find(hash(-1), NOW + 70);
    assertThat(tokens.bytes()).isZero();
  }

  @Test
  void one_whose_header_comes_again_and_again_stays() {
    put(-1, NOW + 9, Map.of());
    tokens.remember(line(-1), hash(-1));
    for (int i = 0; i < 1_000; i++) {
      put(i, NOW + 9, Map.of("text", "x".repeat(300)));
      assertThat(tokens.recent(line(-1), NOW)).isNotNull();
    }
    assertThat(tokens.find(hash(0), NOW)).isNull();
  }

  @Test
  void one_that_is_shown_in_another_spelling_is_counted_once() {
    put(1, NOW + 9, Map.of());
    tokens.remember(line(1), hash(1));
    long bytes = tokens.bytes();
    tokens.remember(line(2), hash(1));
    tokens.remember(line(2), hash(1));
    assertThat(tokens.bytes()).isEqualTo(bytes);
    assertThat(tokens.recent(line(1), NOW)).isNull();
    assertThat(tokens.recent(line(2), NOW)).isNotNull();
  }
}
