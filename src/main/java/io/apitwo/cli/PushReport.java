package io.apitwo.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;

/** Says for people what became of a document that was pushed. */
final class PushReport {
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean json;

  PushReport(PrintWriter out, PrintWriter err, boolean json) {
    this.out = out;
    this.err = err;
    this.json = json;
  }

  /**
   * @param name of the document, as the caller knows it
   * @return the exit code: 0 if the document got a number, or would
   * @throws CommandFailedException when no gateway has answered
   */
  int print(String name, AdminClient.Reply reply) throws CommandFailedException {
    JsonObject pushed = reply.ok() ? reply.json("revision") : new JsonObject();
    if (json) {
      out.println(reply.body());
    }
    if (!reply.ok()) {
      if (!json) {
        refused(name, reply);
      }
      return 1;
    }
    if (!json) {
      taken(name, pushed);
    }
    return pushed.getBoolean("superseded", false) ? 1 : 0;
  }

  private void refused(String name, AdminClient.Reply reply) {
    JsonArray errors = reply.json().getJsonArray("errors", new JsonArray());
    if (errors.isEmpty()) {
      err.println(name + ": " + reply.message());
    }
    for (int i = 0; i < errors.size(); i++) {
      err.println(line(name, errors.getJsonObject(i)));
    }
  }

  /** {@code FILE:LINE:COL: path: value (expected: …)}. */
  private static String line(String name, JsonObject error) {
    StringBuilder line = new StringBuilder(name);
    if (error.getInteger("line", 0) > 0) {
      line.append(':').append(error.getInteger("line"));
      line.append(':').append(error.getInteger("column", 0));
    }
    line.append(": ");
    if (!error.getString("path", "").isEmpty()) {
      line.append(error.getString("path")).append(": ");
    }
    return line.append(error.getString("value", ""))
        .append(" (expected: ")
        .append(error.getString("expected", ""))
        .append(')')
        .toString();
  }

  private void taken(String name, JsonObject pushed) {
    if (pushed.getBoolean("dryRun", false)) {
      out.println(name + ": ok, it would be revision " + pushed.getLong("revision"));
      return;
    }
    if (pushed.getBoolean("superseded", false)) {
      String unchecked = pushed.getBoolean("checked", true) ? "" : " (and it was not checked)";
      err.println(
          name
              + ": never in force"
              + unchecked
              + ": a later push came first; this is that one's revision");
    }
    out.println(
        "revision " + pushed.getLong("revision") + ", sha256 " + pushed.getString("sha256"));
    nodes(pushed).lines().forEach(out::println);
    if (!pushed.getBoolean("converged", true)) {
      err.println("not every node runs it yet; apitwo nodes says which do");
    }
  }

  /** What each node said. */
  static Table nodes(JsonObject pushed) {
    Table table = new Table("NODE", "IN FORCE AFTER");
    JsonArray nodes = pushed.getJsonArray("nodes", new JsonArray());
    for (int i = 0; i < nodes.size(); i++) {
      JsonObject node = nodes.getJsonObject(i);
      Long millis = node.getLong("appliedMillis");
      String otherwise = node.getString("error", "not heard of yet");
      table.row(node.getString("id"), millis == null ? otherwise : millis + " ms");
    }
    return table;
  }
}
