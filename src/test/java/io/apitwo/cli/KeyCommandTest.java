package io.apitwo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.ApiKeyHash;
import io.apitwo.rules.ApiKeyText;
import io.apitwo.rules.Identity.ApiKey;
import io.apitwo.rules.RulesDocument;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class KeyCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return new CommandLine(new KeyCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private String line(String name) {
    return out.toString()
        .lines()
        .filter(each -> each.startsWith(name))
        .findFirst()
        .orElseThrow()
        .substring(7);
  }

  private static ApiKey only(String entry) throws Exception {
    String rules =
        """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo }]
        plans: { gold: { limits: {} } }
        identity:
          apiKeys:
            %s
        """;
    return RulesDocument.parse("rules.yaml", rules.formatted(entry), name -> null)
        .identity()
        .apiKeys()
        .byId()
        .values()
        .iterator()
        .next();
  }

  @Test
  void the_rules_and_redis_get_a_hash_of_the_key() throws Exception {
    assertThat(
            run("new", "--consumer", "acme", "--plan", "gold", "--expires", "2030-01-31T00:00:00Z"))
        .isZero();
    ApiKeyText key = ApiKeyText.parse(line("key"));
    ApiKey ofRules = only(line("rules"));
    assertThat(ofRules.consumer()).isEqualTo("acme");
    assertThat(ofRules.plan()).isEqualTo("gold");
    assertThat(ofRules.expires()).isEqualTo(Instant.parse("2030-01-31T00:00:00Z"));
    assertThat(ApiKeyHash.parse(ofRules.hash()).matches(key)).isTrue();

    List<String> words = List.of(line("redis").split(" "));
    assertThat(words.subList(0, 3)).containsExactly("redis-cli", "HSET", "apitwo:keys:" + key.id());
    Map<String, String> fields = new HashMap<>();
    for (int i = 3; i < words.size(); i += 2) {
      fields.put(words.get(i), words.get(i + 1));
    }
    assertThat(ApiKey.of(key.id(), fields)).isEqualTo(ofRules);
    assertThat(out.toString().lines().filter(each -> each.contains(key.text()))).hasSize(1);
  }

  @Test
  void without_a_word_the_key_is_its_own_consumer_for_ever() throws Exception {
    assertThat(run("new")).isZero();
    ApiKey key = only(line("rules"));
    assertThat(key.consumer()).isEqualTo(ApiKeyText.parse(line("key")).id());
    assertThat(key.plan()).isNull();
    assertThat(key.expires()).isNull();
  }

  @ParameterizedTest
  @CsvSource({"--consumer, a b", "--plan, ''", "--expires, tomorrow", "--expires, 2030-01-31"})
  void wrong_words_are_refused(String option, String value) {
    assertThat(run("new", option, value)).isEqualTo(2);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString()).startsWith(option + ": " + value + " (expected: ");
  }

  @Test
  void there_is_no_key_without_new() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).startsWith("no command for keys (expected: apitwo key new)");
  }
}
