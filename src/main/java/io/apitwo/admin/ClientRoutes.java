package io.apitwo.admin;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.POST;

import io.apitwo.config.ClientOrders;
import io.apitwo.config.Orders;
import io.apitwo.config.Pushed;
import io.apitwo.rules.Adjustments;
import io.apitwo.rules.Adjustments.Boost;
import io.apitwo.rules.ClientOrder;
import io.apitwo.rules.Excerpt;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.Rules;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * {@code /admin/v1/clients/KEY}: what a client has used, and what an operator does to it: reset,
 * boost, block. {@code /admin/v1/adjustments}: all boosts and blocks that hold.
 */
public final class ClientRoutes implements Routes {
  private static final int MOST_KEY = 128;
  private static final String A_KEY =
      "key: not taken (expected: a client key of 1 to " + MOST_KEY + " printable characters)";

  private final Supplier<Rules> rules;
  private final ClientUsage usage;
  private final ClientReset reset;
  private final ClientOrders orders;
  private final InstantSource clock;

  /**
   * @param rules in force, adjusted
   * @param clock wall time
   */
  public ClientRoutes(
      Supplier<Rules> rules,
      ClientUsage usage,
      ClientReset reset,
      ClientOrders orders,
      InstantSource clock) {
    this.rules = rules;
    this.usage = usage;
    this.reset = reset;
    this.orders = orders;
    this.clock = clock;
  }

  @Override
  public void addTo(AdminRouter router) {
    router.get("/admin/v1/clients/:key/usage", this::usage);
    router.order(DELETE, "/admin/v1/clients/:key/usage", Body.NONE, this::reset, "limit");
    router.order(POST, "/admin/v1/clients/:key/boost", Body.JSON, this::boost);
    router.order(DELETE, "/admin/v1/clients/:key/boost", Body.NONE, this::unboost);
    router.order(POST, "/admin/v1/clients/:key/block", Body.JSON, this::block);
    router.order(DELETE, "/admin/v1/clients/:key/block", Body.NONE, this::unblock);
    router.get("/admin/v1/adjustments", call -> Future.succeededFuture(adjustments()));
  }

  private static String key(Call call) throws RefusedException {
    String key = call.parameter("key");
    boolean plain = key.chars().allMatch(c -> c > ' ' && c < 0x7f);
    if (key.isEmpty() || key.length() > MOST_KEY || !plain) {
      throw new RefusedException(400, A_KEY);
    }
    return key;
  }

  private Future<Answer> usage(Call call) throws RefusedException {
    String client = key(call);
    Adjustments now = orders.current().adjustments();
    return usage
        .usage(rules.get(), client, call.flag("all"))
        .map(
            limits -> {
              JsonObject told = new JsonObject().put("client", client).put("limits", limits);
              Boost boost = now.boosts().get(client);
              Instant blocked = now.blockedUntil(client);
              told.put("boost", boost == null ? null : json(boost));
              return Answer.ok(told.put("blockedUntil", blocked == null ? null : "" + blocked));
            });
  }

  /** First in the store; then no node remembers what was before. */
  private Future<Answer> reset(Call call) throws RefusedException {
    String client = key(call);
    List<String> named = call.context().queryParam("limit");
    String limit = named.isEmpty() ? null : named.get(0);
    Rules current = rules.get();
    if (limit != null && !current.limits().containsKey(limit)) {
      throw new RefusedException(
          404, "limit: " + Excerpt.of(limit) + " (expected: the name of a limit)");
    }
    return reset
        .reset(current, client, limit)
        .compose(id -> change(call, before -> before.reset(id, client, limit, clock.instant())))
        .map(pushed -> told(pushed, new JsonObject().put("client", client).put("limit", limit)));
  }

  private Future<Answer> boost(Call call) throws RefusedException, InvalidDocumentException {
    String client = key(call);
    JsonSyntax.check("order", call.text());
    ClientOrder order = ClientOrder.boost(call.text());
    Boost boost = new Boost(order.factor(), now().plusSeconds(order.seconds()));
    refuseTooMany(client);
    call.ordered("factor=" + order.factor() + " seconds=" + order.seconds());
    JsonObject answer = json(boost).put("client", client);
    return change(call, before -> before.boost(client, boost)).map(pushed -> told(pushed, answer));
  }

  private Future<Answer> block(Call call) throws RefusedException, InvalidDocumentException {
    String client = key(call);
    JsonSyntax.check("order", call.text());
    ClientOrder order = ClientOrder.block(call.text());
    Instant until = now().plusSeconds(order.seconds());
    refuseTooMany(client);
    call.ordered("seconds=" + order.seconds());
    JsonObject answer = new JsonObject().put("until", "" + until).put("client", client);
    return change(call, before -> before.block(client, until)).map(pushed -> told(pushed, answer));
  }

  private Future<Answer> unboost(Call call) throws RefusedException {
    String client = key(call);
    refuseUnknown(orders.current().adjustments().boosts().containsKey(client), "boost");
    return change(call, before -> before.unboost(client))
        .map(pushed -> told(pushed, new JsonObject().put("client", client)));
  }

  private Future<Answer> unblock(Call call) throws RefusedException {
    String client = key(call);
    refuseUnknown(orders.current().adjustments().blocks().containsKey(client), "block");
    return change(call, before -> before.unblock(client))
        .map(pushed -> told(pushed, new JsonObject().put("client", client)));
  }

  /** In the unit of the orders. */
  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  private void refuseTooMany(String client) throws RefusedException {
    Adjustments now = orders.current().adjustments();
    boolean known = now.boosts().containsKey(client) || now.blocks().containsKey(client);
    if (!known && now.size() >= Adjustments.MOST) {
      throw new RefusedException(
          409, "adjustments: " + now.size() + " (expected: at most " + Adjustments.MOST + ")");
    }
  }

  private static void refuseUnknown(boolean known, String what) throws RefusedException {
    if (!known) {
      throw new RefusedException(404, "the client has no " + what);
    }
  }

  private Future<Pushed> change(Call call, UnaryOperator<Orders> change) {
    return orders.change(call.actor(), change);
  }

  private static Answer told(Pushed pushed, JsonObject answer) {
    return Answer.ok(
            answer
                .put("revision", pushed.revision())
                .put("converged", pushed.converged())
                .put("nodes", Changes.nodes(pushed)))
        .about(pushed.revision());
  }

  private static JsonObject json(Boost boost) {
    return new JsonObject().put("factor", boost.factor()).put("until", "" + boost.until());
  }

  private Answer adjustments() {
    Adjustments now = orders.current().adjustments();
    JsonArray boosts = new JsonArray();
    new TreeMap<>(now.boosts())
        .forEach((client, boost) -> boosts.add(json(boost).put("client", client)));
    JsonArray blocks = new JsonArray();
    new TreeMap<>(now.blocks())
        .forEach(
            (client, until) ->
                blocks.add(new JsonObject().put("until", "" + until).put("client", client)));
    return Answer.ok(
        new JsonObject()
            .put("revision", orders.revision())
            .put("boosts", boosts)
            .put("blocks", blocks));
  }
}
