package io.apitwo.count;

import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;

/**
 * The servers behind the store, one or many. Lanes 0 to {@code RedisKeys.SHARDS - 1} are the
 * shards' (just 0 where all lie on one server), {@link #NODES} is that of the nodes' heartbeats.
 *
 * <p>Confined to one event loop.
 */
interface RedisServers {
  /** The lane of the key {@code apitwo:nodes}. */
  int NODES = RedisKeys.SHARDS;

  /** Connects, and stays connected. Succeeds after the first attempt, whatever came of it. */
  Future<Void> start();

  /** Whether some lane has a server. */
  boolean isUp();

  /**
   * The number of the connections' life: another after each break, and when a lane has got another
   * server. Since then a server may have forgotten what it, or its predecessor, said.
   */
  long session();

  /** Whether a lane has a server. */
  boolean isUp(int lane);

  /** What the servers' clocks show, in microseconds, or somewhat less; -1 if never heard. */
  long serverMicros();

  /**
   * Runs a script on the server of a lane, once.
   *
   * @return its answer, however late; fails with {@link StoreUnavailableException} when there is
   *     none
   */
  Future<RedisAnswer> call(int lane, RedisCall call);

  /**
   * Sends a command that reads one key, without a deadline, to the server that has it.
   *
   * @return fails at once when there is nobody to ask
   */
  Future<Response> ask(byte[] key, Request request);

  /** Disconnects for good. */
  void close();
}
