package io.apitwo.config;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node says of itself, whenever it changes and every few seconds.
 *
 * @param address of its cluster member, {@code HOST:PORT}
 * @param stamp larger than that of the word before
 * @param documents by name
 */
public record NodeWord(String node, String address, long stamp, Map<String, Standing> documents) {
  public NodeWord {
    documents = Map.copyOf(documents);
  }

  /**
   * @param inForce null before the first
   * @param failed the later entry that could not be put in force; null when there is none
   * @param error why it could not
   */
  public record Standing(
      @Nullable RevisionId inForce, @Nullable RevisionId failed, @Nullable String error) {}

  String write() {
    JsonObject all = new JsonObject();
    documents.forEach(
        (name, standing) ->
            all.put(
                name,
                new JsonObject()
                    .put("inForce", written(standing.inForce))
                    .put("failed", written(standing.failed))
                    .put("error", standing.error)));
    return new JsonObject()
        .put("node", node)
        .put("address", address)
        .put("stamp", stamp)
        .put("documents", all)
        .encode();
  }

  private static @Nullable JsonObject written(@Nullable RevisionId id) {
    return id == null
        ? null
        : new JsonObject().put("number", id.number()).put("sha256", id.sha256());
  }

  /** Null when it is something else. */
  static @Nullable NodeWord read(String text) {
    try {
      JsonObject json = new JsonObject(text);
      Map<String, Standing> documents = new LinkedHashMap<>();
      JsonObject all = json.getJsonObject("documents", new JsonObject());
      for (String name : all.fieldNames()) {
        JsonObject one = all.getJsonObject(name);
        documents.put(
            name,
            new Standing(
                id(one.getJsonObject("inForce")),
                id(one.getJsonObject("failed")),
                one.getString("error")));
      }
      return new NodeWord(
          json.getString("node", ""),
          json.getString("address", ""),
          json.getLong("stamp", 0L),
          documents);
    } catch (IllegalArgumentException | DecodeException | ClassCastException e) {
      return null;
    }
  }

  private static @Nullable RevisionId id(@Nullable JsonObject json) {
    return json == null ? null : RevisionId.read(json);
  }
}
