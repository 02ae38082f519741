package io.apitwo.admin;

import io.apitwo.telemetry.AdminMeter.Outcome;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an operation says, whole.
 *
 * @param type of the body; null for none
 * @param revision of the rules that it is about, or that it made; null where there is none
 */
record Answer(
    int status,
    @Nullable String type,
    Buffer body,
    Map<String, String> headers,
    @Nullable Long revision) {
  static final String JSON = "application/json";
  static final String YAML = "application/yaml";

  Answer {
    headers = Map.copyOf(headers);
  }

  static Answer ok(JsonObject body) {
    return json(200, body);
  }

  static Answer json(int status, JsonObject body) {
    return new Answer(status, JSON, body.toBuffer(), Map.of(), null);
  }

  static Answer text(String type, String text) {
    return new Answer(200, type, Buffer.buffer(text), Map.of(), null);
  }

  static Answer nothing() {
    return new Answer(204, null, Buffer.buffer(), Map.of(), null);
  }

  /** A refusal in a sentence. */
  static Answer message(int status, String message) {
    return json(status, new JsonObject().put("msg", message).put("code", status));
  }

  Answer with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Answer(status, type, body, more, revision);
  }

  /** About a revision; for the audit log. */
  Answer about(long number) {
    return new Answer(status, type, body, headers, number);
  }

  /** The same, with the revision as entity tag. */
  Answer tagged(long number) {
    return about(number).with("ETag", "\"" + number + "\"");
  }

  /**
   * What the meter counts it as.
   *
   * @param changes whether something has changed, if it was not refused
   */
  Outcome outcome(boolean changes) {
    if (status >= 500) {
      return Outcome.FAILED;
    }
    if (status >= 400) {
      return Outcome.INVALID;
    }
    return changes ? Outcome.CHANGED : Outcome.ANSWERED;
  }

  void send(HttpServerResponse response) {
    if (response.ended() || response.closed()) {
      return;
    }
    response.setStatusCode(status).putHeader("Cache-Control", "no-store");
    if (type != null) {
      response.putHeader("Content-Type", type);
    }
    headers.forEach(response::putHeader);
    response.end(body);
  }
}
