package io.apitwo.admin;

import io.apitwo.rules.Excerpt;
import io.apitwo.rules.Rules;
import io.apitwo.telemetry.Frequent;
import io.apitwo.telemetry.TopClients;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /admin/v1/top}: the clients of each limit with the most requests, or refusals, of the
 * last one to two minutes on this node.
 */
public final class TopRoute implements Routes {
  private static final int DEFAULT = 20;

  private final Supplier<Rules> rules;
  private final Tops tops;

  public TopRoute(Supplier<Rules> rules, Tops tops) {
    this.rules = rules;
    this.tops = tops;
  }

  @Override
  public void addTo(AdminRouter router) {
    router.get("/admin/v1/top", this::top);
  }

  private Future<Answer> top(Call call) throws RefusedException {
    String limit = parameter(call, "limit");
    if (limit != null && !rules.get().limits().containsKey(limit)) {
      throw new RefusedException(
          404, "limit: " + Excerpt.of(limit) + " (expected: the name of a limit)");
    }
    String by = parameter(call, "by");
    if (by != null && !by.equals("requests") && !by.equals("refused")) {
      throw new RefusedException(400, "by: " + Excerpt.of(by) + " (expected: requests or refused)");
    }
    String word = by == null ? "requests" : by;
    return tops.top(limit, by(word), most(parameter(call, "n")))
        .map(found -> Answer.ok(json(word, found)));
  }

  private static TopClients.By by(String word) {
    return word.equals("refused") ? TopClients.By.REFUSED : TopClients.By.REQUESTS;
  }

  private static int most(@Nullable String text) throws RefusedException {
    if (text == null) {
      return DEFAULT;
    }
    int most = text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : 0;
    if (most < 1 || most > TopClients.PLACES) {
      throw new RefusedException(
          400,
          "n: " + Excerpt.of(text) + " (expected: an integer from 1 to " + TopClients.PLACES + ")");
    }
    return most;
  }

  private static @Nullable String parameter(Call call, String name) {
    List<String> values = call.context().queryParam(name);
    return values.isEmpty() ? null : values.get(0);
  }

  private static JsonObject json(String by, TopClients.Top found) {
    JsonArray limits = new JsonArray();
    found
        .byLimit()
        .forEach(
            (limit, clients) ->
                limits.add(new JsonObject().put("limit", limit).put("clients", clients(clients))));
    JsonObject told = new JsonObject().put("scope", "node").put("by", by).put("limits", limits);
    return found.leftOut().isEmpty() ? told : told.put("leftOut", new JsonArray(found.leftOut()));
  }

  /** As an array of objects. */
  static JsonArray clients(List<Frequent> clients) {
    JsonArray all = new JsonArray();
    for (Frequent each : clients) {
      all.add(
          new JsonObject()
              .put("client", each.client())
              .put("count", each.count())
              .put("error", each.error()));
    }
    return all;
  }
}
