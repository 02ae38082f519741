package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Phase;
import org.junit.jupiter.api.Test;

class ShardsAndPhasesTest {
  @Test
  void the_clients_of_each_shard_are_spread_over_all_phases() {
    int[][] clients = new int[RedisKeys.SHARDS][Phase.PHASES];
    for (int i = 0; i < 100_000; i++) {
      String client = "10.1." + i / 256 + "." + i % 256;
      clients[RedisKeys.shard(client)][Phase.of(client)]++;
    }
    for (int[] phases : clients) {
      for (int count : phases) {
        assertThat(count).isBetween(50, 200); // 98 on average
      }
    }
  }
}
