package io.apitwo.count;

import io.apitwo.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

class RedisPlainTest extends CounterStoreContract {
  private static RedisServer redis;
  private static OnLoop store;

  @BeforeAll
  static void start() throws Exception {
    redis = RedisServer.start();
    store = RedisRig.plain(redis);
  }

  @AfterAll
  static void stop() {
    store.stop();
    redis.close();
  }

  @AfterEach
  void every_key_expires() {
    RedisRig.everyKeyExpires(redis);
  }

  @Override
  CounterStore store() {
    return store;
  }

  @Override
  boolean takesBack() {
    return false;
  }
}
