package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The tests' own Redis does what they believe of it. */
class RedisServerTest {
  @Test
  void it_answers_ends_and_comes_back_empty_on_its_port() throws Exception {
    try (RedisServer redis = RedisServer.start("--maxmemory", "20mb")) {
      assertThat(redis.command("SET", "a", "\u00ff\r\n")).isEqualTo("OK");
      assertThat(redis.command("MGET", "a", "b")).isEqualTo(Arrays.asList("\u00ff\r\n", null));
      assertThat(redis.command("INCR", "n")).isEqualTo(1L);
      assertThat(redis.command("CONFIG", "GET", "maxmemory"))
          .isEqualTo(List.of("maxmemory", "" + (20 << 20)));
      redis.pause();
      redis.resume();
      redis.kill();
      assertThatThrownBy(() -> redis.command("PING")).isInstanceOf(IllegalStateException.class);
      redis.restart();
      assertThat(redis.command("GET", "a")).isNull();
      assertThatThrownBy(() -> redis.command("WHAT"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("unknown command");
    }
  }
}
