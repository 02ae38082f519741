package io.apitwo.drill;

import io.apitwo.FaultProxy;
import io.apitwo.RedisServer;
import java.time.Duration;

/**
 * What happens to a Redis that runs on, so that it gives no answer, or not the right one. For
 * gateways of a {@link Cluster#withLogin}, behind a network of their own.
 */
enum Trouble {
  STOPPED {
    @Override
    void begin(Cluster cluster, FaultProxy network) {
      cluster.redis.pause();
    }

    @Override
    void end(Cluster cluster, FaultProxy network) {
      cluster.redis.resume();
    }
  },
  SILENT {
    @Override
    void begin(Cluster cluster, FaultProxy network) {
      network.blackhole();
    }
  },
  REFUSING {
    @Override
    void begin(Cluster cluster, FaultProxy network) {
      network.refuse();
    }
  },
  SLOW {
    @Override
    void begin(Cluster cluster, FaultProxy network) {
      network.delay(Duration.ofMillis(600));
    }
  },
  FULL {
    @Override
    void begin(Cluster cluster, FaultProxy network) {
      cluster.redis.command("CONFIG", "SET", "maxmemory", "1");
    }

    @Override
    void end(Cluster cluster, FaultProxy network) {
      cluster.redis.command("CONFIG", "SET", "maxmemory", "0");
    }
  },
  REPLICA {
    @Override
    void begin(Cluster cluster, FaultProxy network) throws Exception {
      cluster.redis.command("REPLICAOF", "127.0.0.1", "" + RedisServer.freePort());
    }

    @Override
    void end(Cluster cluster, FaultProxy network) {
      cluster.redis.command("REPLICAOF", "NO", "ONE");
    }
  },
  /** The password is another: WRONGPASS. */
  LOCKED_OUT {
    @Override
    void begin(Cluster cluster, FaultProxy network) {
      cluster.setPassword("another one");
    }

    @Override
    void end(Cluster cluster, FaultProxy network) {
      cluster.setPassword(Cluster.PASSWORD);
    }
  };

  abstract void begin(Cluster cluster, FaultProxy network) throws Exception;

  void end(Cluster cluster, FaultProxy network) {
    network.pass();
  }

  /** Whether every call gets an answer, if a late one, so that nothing is left in doubt. */
  boolean isCertain() {
    return this == FULL || this == REPLICA || this == SLOW;
  }
}
