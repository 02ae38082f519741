package io.apitwo.config;

import io.apitwo.rules.Adjustments;
import io.apitwo.rules.Adjustments.Boost;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an operator has ordered for single clients, as the nodes tell each other: what holds until
 * an instant, and for a while that counts were reset, so that no node remembers older ones.
 *
 * @param resets the newest last
 */
public record Orders(Adjustments adjustments, List<Reset> resets) {
  public static final Orders NONE = new Orders(Adjustments.NONE, List.of());

  /** How long a reset is told: longer than any node goes without hearing of it. */
  private static final Duration TOLD = Duration.ofMinutes(5);

  private static final int MOST_RESETS = 1_000;

  /**
   * Counts of a client were reset.
   *
   * @param id that no other reset has
   * @param limit null for all
   */
  public record Reset(String id, String client, @Nullable String limit, Instant at) {}

  public Orders {
    resets = List.copyOf(resets);
  }

  /** With a client's limits multiplied. */
  public Orders boost(String client, Boost boost) {
    return with(boosts -> boosts.put(client, boost), blocks -> {});
  }

  /** With a client kept out. */
  public Orders block(String client, Instant until) {
    return with(boosts -> {}, blocks -> blocks.put(client, until));
  }

  /** Without a boost of a client. */
  public Orders unboost(String client) {
    return with(boosts -> boosts.remove(client), blocks -> {});
  }

  /** Without a block of a client. */
  public Orders unblock(String client) {
    return with(boosts -> {}, blocks -> blocks.remove(client));
  }

  private Orders with(Consumer<Map<String, Boost>> boosts, Consumer<Map<String, Instant>> blocks) {
    Map<String, Boost> boosted = new HashMap<>(adjustments.boosts());
    Map<String, Instant> blocked = new HashMap<>(adjustments.blocks());
    boosts.accept(boosted);
    blocks.accept(blocked);
    return new Orders(new Adjustments(boosted, blocked), resets);
  }

  /** With the word that counts of a client were reset. */
  public Orders reset(String id, String client, @Nullable String limit, Instant now) {
    List<Reset> more = new ArrayList<>(resets);
    more.add(new Reset(id, client, limit, now));
    return new Orders(
        adjustments, more.subList(Math.max(0, more.size() - MOST_RESETS), more.size()));
  }

  /** Without what is over. */
  Orders at(Instant now) {
    List<Reset> told = resets.stream().filter(each -> each.at.plus(TOLD).isAfter(now)).toList();
    return new Orders(adjustments.at(now), told);
  }

  /** As text. */
  String write() {
    JsonObject boosts = new JsonObject();
    adjustments
        .boosts()
        .forEach(
            (client, boost) ->
                boosts.put(
                    client,
                    new JsonObject()
                        .put("factor", boost.factor())
                        .put("until", boost.until().toEpochMilli())));
    JsonObject blocks = new JsonObject();
    adjustments.blocks().forEach((client, until) -> blocks.put(client, until.toEpochMilli()));
    JsonArray told = new JsonArray();
    for (Reset reset : resets) {
      told.add(
          new JsonObject()
              .put("id", reset.id)
              .put("client", reset.client)
              .put("limit", reset.limit)
              .put("at", reset.at.toString()));
    }
    return new JsonObject()
        .put("boosts", boosts)
        .put("blocks", blocks)
        .put("resets", told)
        .encode();
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException when it is something else
   */
  static Orders read(String text) {
    try {
      JsonObject json = new JsonObject(text);
      Map<String, Boost> boosts = new HashMap<>();
      JsonObject boosted = json.getJsonObject("boosts", new JsonObject());
      for (String client : boosted.fieldNames()) {
        JsonObject boost = boosted.getJsonObject(client);
        Instant until = Instant.ofEpochMilli(boost.getLong("until"));
        boosts.put(client, new Boost(boost.getDouble("factor", 0.0), until));
      }
      Map<String, Instant> blocks = new HashMap<>();
      JsonObject blocked = json.getJsonObject("blocks", new JsonObject());
      for (String client : blocked.fieldNames()) {
        blocks.put(client, Instant.ofEpochMilli(blocked.getLong(client)));
      }
      List<Reset> resets = new ArrayList<>();
      for (Object each : json.getJsonArray("resets", new JsonArray())) {
        JsonObject told = (JsonObject) each;
        resets.add(
            new Reset(
                told.getString("id", ""),
                told.getString("client", ""),
                told.getString("limit"),
                Instant.parse(told.getString("at", ""))));
      }
      return new Orders(new Adjustments(boosts, blocks), resets);
    } catch (DecodeException | DateTimeException | ClassCastException | NullPointerException e) {
      throw new IllegalArgumentException("no orders for clients");
    }
  }
}
