package io.apitwo.config;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** How an entry is written: as JSON, with all that {@link Entry} says but what became of it. */
public final class EntryForm {
  /**
   * The largest number of an entry: nobody gets so far by counting, and it leaves room for what
   * sorts numbers as 15 digits.
   */
  static final long MOST = 100_000_000_000_000L;

  private EntryForm() {}

  /** The written form. */
  public static String write(Entry entry) {
    return json(entry).encode();
  }

  static JsonObject json(Entry entry) {
    return new JsonObject()
        .put("number", entry.number())
        .put("sha256", entry.sha256())
        .put("previous", entry.previous())
        .put("source", entry.source())
        .put("actor", entry.actor())
        .put("at", entry.at().toString())
        .put("files", new JsonArray(entry.files()))
        .put("text", entry.text());
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException when that is something else, the number is not from 1 to
   *     10^14, or the text is not the one that the hash says
   */
  public static Entry read(String written) {
    try {
      return entry(new JsonObject(written));
    } catch (DecodeException e) {
      throw new IllegalArgumentException("no JSON");
    }
  }

  private static List<String> files(JsonArray written) {
    List<String> files = new ArrayList<>();
    for (int i = 0; i < Math.min(Entry.FILES, written.size()); i++) {
      files.add(String.valueOf(written.getValue(i)));
    }
    return files;
  }

  /** 0, which no entry has, for anything else. */
  private static long number(JsonObject json) {
    return json.getValue("number") instanceof Number number ? number.longValue() : 0;
  }

  private static String text(JsonObject json, String name) {
    if (json.getValue(name) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("no entry of a document");
  }

  /** Whether an entry can have it. */
  static boolean isNumber(long number) {
    return number >= 1 && number <= MOST;
  }

  static Entry entry(JsonObject json) {
    try {
      Entry entry =
          new Entry(
              number(json),
              text(json, "sha256"),
              text(json, "previous"),
              text(json, "source"),
              text(json, "actor"),
              Instant.parse(text(json, "at")),
              false,
              files(json.getJsonArray("files", new JsonArray())),
              text(json, "text"));
      if (!isNumber(entry.number())) {
        throw new IllegalArgumentException("not the number of an entry");
      }
      if (!entry.sha256().equals(Entry.sha256(entry.text()))) {
        throw new IllegalArgumentException("not the text of its hash");
      }
      return entry;
    } catch (ClassCastException | DateTimeException e) {
      throw new IllegalArgumentException("no entry of a document");
    }
  }
}
