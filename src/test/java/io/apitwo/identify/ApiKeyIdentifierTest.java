package io.apitwo.identify;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.ApiKeyHash;
import io.apitwo.rules.ApiKeyText;
import io.apitwo.rules.Rules;
import io.apitwo.rules.RulesDocument;
import io.apitwo.telemetry.IdentityMeter;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Keys that a directory knows, over time. */
class ApiKeyIdentifierTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Identified ACME = new Identified.As(new Credentials(Map.of(), "acme", null));

  private final Map<String, Map<String, String>> directory = new HashMap<>();
  private final List<Runnable> waiting = new ArrayList<>();
  private final ApiKeyText key = ApiKeyText.random(RANDOM);
  private boolean gone;
  private boolean slow;
  private int asked;
  private long nanos;
  private final ApiKeyIdentifier identifier =
      new ApiKeyIdentifier(
          this::find,
          new FailureGuard(() -> nanos),
          () -> TokenRig.NOW,
          () -> nanos,
          IdentityMeter.NONE);

  ApiKeyIdentifierTest() throws Exception {
    identifier.rulesChanged(rules("20/h"));
    directory.put(
        key.id(), Map.of("hash", ApiKeyHash.of(key, RANDOM).toString(), "consumer", "acme"));
  }

  private static Rules rules(String failures) throws Exception {
    String text =
        """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [default] }]
        limits: { default: { by: [{ apiKey: { header: X-Api-Key } }], windows: { day: 2 } } }
        identity: { apiKeysInRedis: true, failures: %s }
        """;
    return RulesDocument.parse("rules.yaml", text.formatted(failures), name -> null);
  }

  private void find(String id, Consumer<Map<String, String>> then) {
    asked++;
    Map<String, String> fields = gone ? null : directory.getOrDefault(id, Map.of());
    if (slow) {
      waiting.add(() -> then.accept(fields));
    } else {
      then.accept(fields);
    }
  }

  private Identified show(ApiKeyText shown) {
    Identified now = identifier.now(shown.text(), TokenRig.CALLER);
    if (now != null) {
      return now;
    }
    List<Identified> then = new ArrayList<>();
    identifier.ask(shown.text(), TokenRig.CALLER, then::add);
    return then.isEmpty() ? null : then.get(0);
  }

  private void pass(int seconds) {
    nanos += seconds * 1_000_000_000L;
  }

  @Test
  void the_directory_is_asked_once_a_minute_for_a_key_that_it_knows() {
    for (int i = 0; i < 59; i++) {
      assertThat(show(key)).isEqualTo(ACME);
      pass(1);
    }
    assertThat(asked).isEqualTo(1);
    directory.clear();
    pass(2);
    assertThat(show(key)).as("withdrawn").isEqualTo(Identified.NOBODY);
    assertThat(asked).isEqualTo(2);
  }

  @Test
  void a_known_id_does_not_make_another_secret_right() {
    show(key);
    ApiKeyText forged = ApiKeyText.parse("ak_" + key.id() + "_" + "A".repeat(43));
    assertThat(show(forged)).isEqualTo(Identified.NOBODY);
    assertThat(show(key)).isEqualTo(ACME);
  }

  @Test
  void a_key_that_is_not_known_is_asked_for_again_ten_seconds_later() {
    ApiKeyText other = ApiKeyText.random(RANDOM);
    for (int i = 0; i < 10; i++) {
      assertThat(show(other)).isEqualTo(Identified.NOBODY);
      pass(1);
    }
    assertThat(asked).isEqualTo(1);
    directory.put(
        other.id(), Map.of("hash", ApiKeyHash.of(other, RANDOM).toString(), "consumer", "acme"));
    assertThat(show(other)).isEqualTo(ACME);
  }

  @Test
  void without_an_answer_a_key_stays_known_for_ten_minutes_and_others_are_nobodys() {
    show(key);
    gone = true;
    for (int i = 0; i < 58; i++) {
      pass(10);
      assertThat(show(key)).isEqualTo(ACME);
    }
    assertThat(asked).isGreaterThan(40);
    assertThat(show(ApiKeyText.random(RANDOM))).isEqualTo(Identified.NOBODY);
    pass(30);
    assertThat(show(key)).isEqualTo(Identified.NOBODY);
    gone = false;
    pass(1);
    assertThat(show(key)).isEqualTo(ACME);
  }

  @Test
  void without_an_answer_nobody_else_waits_for_one_for_a_second() {
    show(key);
    pass(61);
    gone = true;
    assertThat(show(ApiKeyText.random(RANDOM))).isEqualTo(Identified.NOBODY);
    slow = true;
    for (int i = 0; i < 100; i++) {
      assertThat(show(ApiKeyText.random(RANDOM))).isEqualTo(Identified.NOBODY);
    }
    assertThat(show(key)).as("known").isEqualTo(ACME);
    assertThat(asked).isEqualTo(2);
    pass(1);
    assertThat(show(ApiKeyText.random(RANDOM))).as("asked for").isNull();
    assertThat(asked).isEqualTo(3);
  }

  @Test
  void the_pause_ends_with_an_answer() {
    slow = true;
    show(key);
    gone = true;
    show(ApiKeyText.random(RANDOM));
    waiting.get(1).run();
    waiting.get(0).run();
    gone = false;
    slow = false;
    assertThat(show(ApiKeyText.random(RANDOM))).isEqualTo(Identified.NOBODY);
    assertThat(asked).isEqualTo(3);
  }

  private void exhaust() {
    while (!(show(ApiKeyText.parse("ak_" + key.id() + "_" + "A".repeat(43)))
        instanceof Identified.TooManyFailures)) {
      assertThat(asked).isLessThan(100);
    }
  }

  @Test
  void a_known_key_passes_though_its_minute_is_over_and_its_address_has_failed_too_often() {
    show(key);
    exhaust();
    pass(61);
    assertThat(show(key)).isEqualTo(ACME);
    assertThat(asked).isEqualTo(2);
  }

  @Test
  void a_withdrawn_key_is_a_failure_though_it_was_known() {
    show(key);
    directory.clear();
    pass(61);
    for (int i = 0; i < 20; i++) {
      assertThat(show(key)).isEqualTo(Identified.NOBODY);
    }
    assertThat(show(key)).isInstanceOf(Identified.TooManyFailures.class);
  }

  @Test
  void requests_with_one_key_wait_for_one_lookup() {
    slow = true;
    List<Identified> then = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      assertThat(identifier.now(key.text(), TokenRig.CALLER)).isNull();
      identifier.ask(key.text(), TokenRig.CALLER, then::add);
    }
    assertThat(asked).isEqualTo(1);
    assertThat(then).isEmpty();
    waiting.get(0).run();
    assertThat(then).hasSize(30).containsOnly(ACME);
  }

  @Test
  void whoever_waits_with_another_secret_fails() {
    slow = true;
    ApiKeyText forged = ApiKeyText.parse("ak_" + key.id() + "_" + "A".repeat(43));
    List<Identified> then = new ArrayList<>();
    identifier.ask(key.text(), TokenRig.CALLER, then::add);
    for (int i = 0; i < 25; i++) {
      identifier.ask(forged.text(), TokenRig.CALLER, then::add);
    }
    waiting.get(0).run();
    assertThat(then.get(0)).isEqualTo(ACME);
    assertThat(then.subList(1, 21)).containsOnly(Identified.NOBODY);
    assertThat(then.subList(21, 26)).hasOnlyElementsOfType(Identified.TooManyFailures.class);
  }

  @Test
  void lookups_under_way_count_as_failures_until_they_are_none() {
    slow = true;
    int throttled = 0;
    for (int i = 0; i < 30; i++) {
      throttled += show(ApiKeyText.random(RANDOM)) instanceof Identified.TooManyFailures ? 1 : 0;
    }
    assertThat(throttled).isEqualTo(10);
    assertThat(asked).isEqualTo(20);
  }

  @Test
  void neither_right_keys_nor_a_directory_that_is_gone_count_as_failures() {
    for (int i = 0; i < 100; i++) {
      assertThat(show(key)).isEqualTo(ACME);
      pass(i % 2 == 0 ? 0 : 61);
    }
    gone = true;
    for (int i = 0; i < 100; i++) {
      assertThat(show(ApiKeyText.random(RANDOM))).isEqualTo(Identified.NOBODY);
    }
  }

  @Test
  void what_the_directory_says_has_to_be_whole() {
    String hash = ApiKeyHash.of(key, RANDOM).toString();
    for (Map<String, String> fields :
        List.of(
            Map.of("hash", hash),
            Map.of("consumer", "acme"),
            Map.of("hash", "x", "consumer", "acme"),
            Map.of("hash", hash, "consumer", "a b"),
            Map.of("hash", hash, "consumer", "acme", "plan", ""),
            Map.of("hash", hash, "consumer", "acme", "expires", "soon"),
            Map.of(
                "hash",
                ApiKeyHash.of(ApiKeyText.random(RANDOM), RANDOM).toString(),
                "consumer",
                "acme"))) {
      directory.put(key.id(), fields);
      pass(11);
      assertThat(show(key)).as(fields.toString()).isEqualTo(Identified.NOBODY);
    }
  }
}
