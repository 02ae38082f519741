package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.apitwo.rules.Settings.Endpoint;
import io.apitwo.rules.Settings.Redis;
import io.apitwo.rules.Settings.RedisMode;
import io.apitwo.rules.Settings.Sentinel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where Redis is, by the settings and by what the environment offers. */
class RedisSettingsTest {
  private static final Redis LOCAL = at("127.0.0.1", 6_379);

  private static Redis at(String host, int port) {
    return new Redis(
        RedisMode.STANDALONE, List.of(new Endpoint(host, port)), null, null, null, 0, false, null);
  }

  /** Of the settings that a section {@code store.redis} makes. */
  private static Redis parse(String redis, Map<String, String> environment)
      throws InvalidDocumentException {
    String text = "store: {type: redis, redis: {" + redis + "}}";
    return SettingsDocument.parse("apitwo.yaml", text, environment).store().redis();
  }

  private static Redis url(String url) throws InvalidDocumentException {
    return parse("url: '" + url + "'", Map.of());
  }

  @ParameterizedTest
  @CsvSource({
    "redis://a, a:6379, , , 0, false",
    "redis://A.example:1/, a.example:1, , , 0, false",
    "redis://127.0.0.1:65535/65535, 127.0.0.1:65535, , , 65535, false",
    "redis://[::1]/2, [::1]:6379, , , 2, false",
    "rediss://a:6380, a:6380, , , 0, true",
    "redis://@a, a:6379, , , 0, false",
    "redis://:p@a, a:6379, , p, 0, false",
    "redis://app:p:q@a, a:6379, app, p:q, 0, false",
    "rediss://a%70p:%40%2F%3a%25+%20@a:1/3, a:1, app, '@/:%+ ', 3, true",
  })
  void a_url_says_it_all(
      String url, String endpoint, String username, String password, int database, boolean tls)
      throws Exception {
    Redis redis = url(url);

    assertThat(redis.mode()).isEqualTo(RedisMode.STANDALONE);
    assertThat(redis.endpoints()).extracting(Endpoint::toString).containsExactly(endpoint);
    assertThat(redis.urls()).containsExactly((tls ? "rediss://" : "redis://") + endpoint);
    assertThat(redis.username()).isEqualTo(username);
    assertThat(redis.password()).isEqualTo(password);
    assertThat(redis.database()).isEqualTo(database);
    assertThat(redis.tls()).isEqualTo(tls);
    assertThat(redis.sentinel()).isNull();
    assertThat(redis.caFile()).isNull();
  }

  @Test
  void a_setting_of_its_own_wins_over_the_url() throws Exception {
    Redis redis =
        parse(
            "url: 'redis://old:older@a/1', username: new, password: newer, database: 0, tls: true",
            Map.of());

    assertThat(redis)
        .isEqualTo(
            new Redis(
                RedisMode.STANDALONE,
                List.of(new Endpoint("a", 6_379)),
                null,
                "new",
                "newer",
                0,
                true,
                null));
  }

  @Test
  void a_user_of_the_url_may_have_the_password_of_the_settings(@TempDir Path folder)
      throws Exception {
    Path file = Files.writeString(folder.resolve("password"), "hunter2\n");
    Redis redis = parse("url: 'redis://app@a', password: '${file:" + file + "}'", Map.of());

    assertThat(redis.username()).isEqualTo("app");
    assertThat(redis.password()).isEqualTo("hunter2");
  }

  @Test
  void a_secret_comes_from_a_variable() throws Exception {
    Redis redis = parse("url: 'redis://:${SECRET}@a'", Map.of("SECRET", "hunter2"));

    assertThat(redis.password()).isEqualTo("hunter2");
    assertThat(redis.toString()).contains("redis://a:6379").doesNotContain("hunter2");
  }

  @Test
  void a_cluster_is_found_by_its_endpoints_or_a_url() throws Exception {
    assertThat(parse("mode: cluster, endpoints: ['a:1', 'b:2'], tls: true", Map.of()).urls())
        .containsExactly("rediss://a:1", "rediss://b:2");
    assertThat(parse("mode: cluster, url: 'redis://a/0'", Map.of()).urls())
        .containsExactly("redis://a:6379");
  }

  @Test
  void sentinels_share_the_login_of_the_servers_unless_they_have_one_of_their_own()
      throws Exception {
    String sentinels = "mode: sentinel, endpoints: ['a:1'], master: m";
    String login = ", username: app, password: hunter2";

    assertThat(parse(sentinels, Map.of()).sentinel()).isEqualTo(new Sentinel("m", null, null));
    assertThat(parse(sentinels + login, Map.of()).sentinel())
        .isEqualTo(new Sentinel("m", "app", "hunter2"));
    assertThat(parse(sentinels + login + ", sentinel: {password: other}", Map.of()).sentinel())
        .isEqualTo(new Sentinel("m", null, "other"));
    assertThat(
            parse(sentinels + login + ", sentinel: {username: w, password: x}", Map.of())
                .sentinel())
        .isEqualTo(new Sentinel("m", "w", "x"));
    Redis anonymous = parse(sentinels + login + ", sentinel: {anonymous: true}", Map.of());
    assertThat(anonymous.sentinel()).isEqualTo(new Sentinel("m", null, null));
    assertThat(anonymous.password()).isEqualTo("hunter2");
    assertThat(parse(sentinels + login, Map.of()).sentinel().toString()).doesNotContain("hunter2");
  }

  @Test
  void without_any_word_redis_is_on_this_machine() throws Exception {
    assertThat(parse("", Map.of())).isEqualTo(LOCAL);
    assertThat(parse("", Map.of("REDIS_URL", "", "REDIS_SERVICE_HOST", ""))).isEqualTo(LOCAL);
    assertThat(SettingsDocument.parse("", "", Map.of("APITWO_STORE_TYPE", "redis")).store().redis())
        .isEqualTo(LOCAL);
  }

  @Test
  void the_url_of_the_environment_comes_before_the_service() throws Exception {
    Map<String, String> environment =
        Map.of(
            "REDIS_URL", "rediss://app:hunter2@a:1/2",
            "REDIS_SERVICE_HOST", "10.0.0.1",
            "REDIS_SERVICE_PORT", "6380");

    assertThat(parse("", environment))
        .isEqualTo(
            new Redis(
                RedisMode.STANDALONE,
                List.of(new Endpoint("a", 1)),
                null,
                "app",
                "hunter2",
                2,
                true,
                null));
    assertThat(parse("mode: cluster, database: 0", environment).urls())
        .containsExactly("rediss://a:1");
  }

  @Test
  void the_service_of_the_environment_is_found() throws Exception {
    assertThat(parse("", Map.of("REDIS_SERVICE_HOST", "10.0.0.1", "REDIS_SERVICE_PORT", "6380")))
        .isEqualTo(at("10.0.0.1", 6_380));
    assertThat(parse("", Map.of("REDIS_SERVICE_HOST", "fd00::1")).urls())
        .containsExactly("redis://[fd00::1]:6379");
  }

  /** Which is what Kubernetes calls the port of a service named redis-service. */
  @Test
  void a_service_port_that_is_an_address_is_another_service() throws Exception {
    Map<String, String> pod =
        Map.of(
            "REDIS_SERVICE_HOST", "10.0.0.1",
            "REDIS_SERVICE_PORT", "tcp://10.0.0.2:6380",
            "REDIS_PORT", "tcp://10.0.0.1:6379");

    assertThat(parse("", pod)).isEqualTo(at("10.0.0.1", 6_379));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "url: 'redis://b'",
        "mode: cluster, endpoints: ['b:6379']",
        "mode: sentinel, master: m, endpoints: ['b:6379']"
      })
  void the_environment_is_asked_only_where_the_settings_are_silent(String redis) throws Exception {
    Map<String, String> environment =
        Map.of("REDIS_URL", "rediss://:hunter2@a/9", "REDIS_SERVICE_HOST", "a");

    Redis found = parse(redis, environment);

    assertThat(found.urls()).containsExactly("redis://b:6379");
    assertThat(found.password()).isNull();
    assertThat(found.database()).isZero();
  }

  @Test
  void the_environment_alone_makes_no_redis_store() throws Exception {
    Map<String, String> environment =
        Map.of("REDIS_URL", "nonsense", "REDIS_SERVICE_HOST", "10.0.0.1");

    assertThat(SettingsDocument.parse("", "", environment).store().redis()).isNull();
  }

  /** However a URL is broken around its password, no problem shows it. */
  @Property(tries = 500)
  void a_password_in_a_url_is_never_shown(
      @ForAll @StringLength(max = 12) @AlphaChars @Chars({':', '/', '@', '#', '?', ' ', '%'})
          String before,
      @ForAll @StringLength(max = 12) @AlphaChars @Chars({':', '/', '@', '#', '?', ' ', '%'})
          String after) {
    for (String start : List.of("redis://", "rediss:/", "")) {
      String url = start + before + ":hunter2" + after + "@h";
      InvalidDocumentException e =
          catchThrowableOfType(InvalidDocumentException.class, () -> url(url));
      if (e != null) {
        assertThat(e.getMessage()).doesNotContain("hunter2");
      }
    }
  }
}
