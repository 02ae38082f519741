package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisServer;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class RedisNodesTest {
  private static OnLoop node(RedisServer redis, CountingMeter meter) {
    return RedisRig.up(
        RedisRig.options(RedisStoreOptions.Layout.PACKED, RedisRig.PATIENT, redis.url()), meter);
  }

  private static void awaitNodes(CountingMeter meter, int count) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(meter.nodes.get()).isEqualTo(count));
  }

  @Test
  void nodes_see_each_other_come_and_go() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      CountingMeter one = new CountingMeter();
      CountingMeter two = new CountingMeter();
      OnLoop first = node(redis, one);
      awaitNodes(one, 1);
      OnLoop second = node(redis, two);
      awaitNodes(two, 2);
      awaitNodes(one, 2);
      RedisRig.everyKeyExpires(redis);
      second.stop();
      assertThat(redis.command("ZCARD", "apitwo:nodes")).isEqualTo(1L);
      awaitNodes(one, 1);
      first.stop();
      assertThat(redis.command("EXISTS", "apitwo:nodes")).isEqualTo(0L);
      assertThat(Math.abs(one.skewMillis.get())).isLessThan(60_000);
    }
  }

  @Test
  void a_node_that_is_silent_for_ten_seconds_is_forgotten() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      redis.command("ZADD", "apitwo:nodes", "" + (System.currentTimeMillis() - 11_000), "ghost");
      redis.command("ZADD", "apitwo:nodes", "" + (System.currentTimeMillis() + 60_000), "other");
      CountingMeter meter = new CountingMeter();
      OnLoop node = node(redis, meter);
      awaitNodes(meter, 2);
      assertThat(redis.command("ZSCORE", "apitwo:nodes", "ghost")).isNull();
      node.stop();
    }
  }
}
