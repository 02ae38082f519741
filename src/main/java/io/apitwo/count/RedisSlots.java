package io.apitwo.count;

import io.vertx.redis.client.Response;
import org.jspecify.annotations.Nullable;

/** The slots of our keys on a Redis Cluster, and what servers say of who serves them. */
final class RedisSlots {
  /** How many lanes there are: those of the shards, and {@link RedisServers#NODES}. */
  static final int LANES = RedisKeys.SHARDS + 1;

  private static final int[] SLOTS = slots();

  private RedisSlots() {}

  private static int[] slots() {
    int[] slots = new int[LANES];
    for (int shard = 0; shard < RedisKeys.SHARDS; shard++) {
      slots[shard] = RedisKeys.slot(RedisKeys.tag(shard));
    }
    slots[RedisServers.NODES] = RedisKeys.slot(RedisNodes.KEY);
    return slots;
  }

  /**
   * The masters of all lanes.
   *
   * @param asked the server that has answered, {@code redis://HOST:PORT}
   * @param ranges its answer to {@code CLUSTER SLOTS}, ranges of slots: first, last, then the
   *     master and the replicas: host, port, id
   * @return for each lane {@code redis://HOST:PORT}; null for one that nobody serves
   */
  static @Nullable String[] masters(String asked, Response ranges) {
    @Nullable String[] masters = new String[LANES];
    for (Response range : ranges) {
      int first = range.get(0).toInteger();
      int last = range.get(1).toInteger();
      Response master = range.get(2);
      String host = master.get(0) == null ? "" : master.get(0).toString();
      String endpoint = endpoint(asked, host + ":" + master.get(1).toInteger());
      for (int lane = 0; lane < LANES; lane++) {
        if (SLOTS[lane] >= first && SLOTS[lane] <= last) {
          masters[lane] = endpoint;
        }
      }
    }
    return masters;
  }

  /**
   * The address that a server names, which leaves its own host out where it does not know it.
   *
   * @param base the server, {@code redis://HOST:PORT}
   * @param address {@code HOST:PORT}
   */
  static String endpoint(String base, String address) {
    int scheme = base.indexOf("://") + 3;
    int port = address.lastIndexOf(':');
    String host = address.substring(0, Math.max(0, port));
    if (host.isEmpty() || host.equals("?")) {
      host = base.substring(scheme, base.lastIndexOf(':'));
    } else if (host.indexOf(':') >= 0 && !host.startsWith("[")) {
      host = "[" + host + "]";
    }
    return base.substring(0, scheme) + host + address.substring(port);
  }
}
