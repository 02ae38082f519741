package io.apitwo.count;

import io.apitwo.telemetry.StoreMeter.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The masters of a Redis Cluster, a link to each, so that one that is gone takes only its shards
 * along. Who serves which shard is asked every second, and learnt from redirections: a server that
 * redirects has done nothing, so the call may go where it says. (The library's own clustered
 * connection is not used: it waits and repeats by itself beyond any deadline, lets other commands
 * come between ASKING and its command, and needs every server to connect.)
 *
 * <p>Confined to one event loop.
 */
final class RedisCluster implements RedisServers {
  private static final int REFRESH_MILLIS = 1_000;
  private static final int MOST_HOPS = 3;

  /** A link that serves no shard is kept while a resharding may still send calls there. */
  private static final long IDLE_NANOS = 10_000_000_000L;

  private final RedisContext context;
  private final Runnable onChange;
  private final Map<String, Server> servers = new HashMap<>();
  private final @Nullable RedisLink[] owners = new RedisLink[RedisSlots.LANES];
  private long session;
  private int turn;
  private @Nullable Future<Void> refreshing;
  private boolean closed;
  private long timer = -1;

  /** A link, and when it was last of use. */
  private static final class Server {
    final RedisLink link;
    final Future<Void> started;
    long usedNanos;

    Server(RedisLink link) {
      this.link = link;
      this.started = link.start();
    }
  }

  RedisCluster(RedisContext context, Runnable onChange) {
    this.context = context;
    this.onChange = onChange;
  }

  @Override
  public Future<Void> start() {
    timer = context.vertx().setPeriodic(REFRESH_MILLIS, tick -> refresh());
    List<Future<Void>> first =
        context.options().endpoints().stream().map(endpoint -> server(endpoint).started).toList();
    return Future.join(first)
        .transform(done -> refresh())
        .compose(known -> Future.join(servers.values().stream().map(s -> s.started).toList()))
        .<Void>mapEmpty()
        .otherwiseEmpty();
  }

  private Server server(String endpoint) {
    Server server = servers.get(endpoint);
    if (server == null) {
      server = new Server(new RedisLink(context, endpoint, this::changed));
      servers.put(endpoint, server);
    }
    server.usedNanos = now();
    return server;
  }

  private long now() {
    return context.nowNanos();
  }

  private void changed() {
    session++;
    onChange.run();
    refresh();
  }

  @Override
  public boolean isUp() {
    for (RedisLink owner : owners) {
      if (owner != null && owner.isUp()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean isUp(int lane) {
    RedisLink owner = owners[lane];
    return owner != null && owner.isUp();
  }

  @Override
  public long serverMicros() {
    long latest = -1;
    for (Server server : servers.values()) {
      latest = Math.max(latest, server.link.serverMicros());
    }
    return latest;
  }

  @Override
  public long session() {
    return session;
  }

  @Override
  public Future<RedisAnswer> call(int lane, RedisCall call) {
    RedisLink owner = owners[lane];
    if (owner == null) {
      context.meter().failed(Failure.CONNECTION);
      return Future.failedFuture(new StoreUnavailableException("no server for the shard"));
    }
    return owner.call(call, false).recover(cause -> follow(lane, owner, call, cause, 1));
  }

  private Future<RedisAnswer> follow(
      int lane, RedisLink from, RedisCall call, Throwable cause, int hops) {
    if (!(cause instanceof RedisRedirect redirect)
        || redirect.kind() == RedisRedirect.Kind.TRYAGAIN
        || hops > MOST_HOPS) {
      return Future.failedFuture(cause);
    }
    boolean asking = redirect.kind() == RedisRedirect.Kind.ASK;
    Server to = server(RedisSlots.endpoint(from.endpoint(), redirect.address()));
    if (!asking) {
      serve(lane, to.link);
      refresh();
    }
    return ready(to, call.deadlineNanos())
        .compose(up -> to.link.call(call, asking))
        .recover(again -> follow(lane, to.link, call, again, hops + 1));
  }

  /** When a server that was not known so far has been connected to, but not after the deadline. */
  private Future<Void> ready(Server server, long deadlineNanos) {
    if (server.started.isComplete()) {
      return Future.succeededFuture();
    }
    long millis = Math.max(1, (deadlineNanos - now()) / 1_000_000);
    return server
        .started
        .timeout(millis, TimeUnit.MILLISECONDS)
        .recover(
            late -> {
              context.meter().failed(Failure.TIMEOUT);
              return Future.failedFuture(
                  new StoreUnavailableException("the shard's new server was not reached in time"));
            });
  }

  /** Whoever is asked says who has the key, unless it is one of its own. */
  @Override
  public Future<Response> ask(byte[] key, Request request) {
    for (RedisLink owner : owners) {
      if (owner != null && owner.isUp()) {
        return owner.ask(request).recover(cause -> followAsking(owner, request, cause, 1));
      }
    }
    return Future.failedFuture(new StoreUnavailableException("not connected"));
  }

  private Future<Response> followAsking(
      RedisLink from, Request request, Throwable cause, int hops) {
    RedisRedirect redirect = RedisFault.redirect(cause);
    if (redirect == null || redirect.kind() == RedisRedirect.Kind.TRYAGAIN || hops > MOST_HOPS) {
      return Future.failedFuture(cause);
    }
    Server to = server(RedisSlots.endpoint(from.endpoint(), redirect.address()));
    return to.started
        .compose(
            up -> {
              if (redirect.kind() == RedisRedirect.Kind.ASK) {
                to.link.ask(Request.cmd(Command.ASKING));
              }
              return to.link.ask(request);
            })
        .recover(again -> followAsking(to.link, request, again, hops + 1));
  }

  /** Asks one server after the other, at most one at a time. */
  private Future<Void> refresh() {
    if (refreshing != null) {
      return refreshing;
    }
    List<RedisLink> up =
        servers.values().stream().map(server -> server.link).filter(RedisLink::isUp).toList();
    if (closed) {
      return Future.succeededFuture();
    }
    if (up.isEmpty()) {
      context.options().endpoints().forEach(this::server);
      return Future.succeededFuture();
    }
    RedisLink asked = up.get(Math.floorMod(turn++, up.size()));
    Promise<Void> refreshed = Promise.promise();
    refreshing = refreshed.future();
    asked
        .ask(Request.cmd(Command.CLUSTER).arg("SLOTS"))
        .timeout(REFRESH_MILLIS, TimeUnit.MILLISECONDS)
        .onSuccess(slots -> learn(RedisSlots.masters(asked.endpoint(), slots)))
        .onComplete(
            done -> {
              refreshing = null;
              refreshed.complete();
            });
    return refreshed.future();
  }

  private void learn(@Nullable String[] masters) {
    boolean wasUp = isUp();
    for (int lane = 0; lane < masters.length; lane++) {
      String master = masters[lane];
      if (master != null) {
        serve(lane, server(master).link);
      }
    }
    List<Server> idle = new ArrayList<>();
    servers.values().removeIf(server -> isIdle(server) && idle.add(server));
    idle.forEach(server -> server.link.close());
    if (wasUp != isUp()) {
      onChange.run();
    }
  }

  /** Who takes a shard over may lack what its predecessor acknowledged. */
  private void serve(int lane, RedisLink link) {
    if (owners[lane] != link) {
      owners[lane] = link;
      session++;
    }
  }

  private boolean isIdle(Server server) {
    for (RedisLink owner : owners) {
      if (owner == server.link) {
        return false;
      }
    }
    return now() - server.usedNanos > IDLE_NANOS;
  }

  @Override
  public void close() {
    closed = true;
    context.vertx().cancelTimer(timer);
    servers.values().forEach(server -> server.link.close());
  }
}
