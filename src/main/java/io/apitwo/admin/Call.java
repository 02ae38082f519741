package io.apitwo.admin;

import io.apitwo.rules.Excerpt;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.MIMEHeader;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One request to the admin API, with its whole body.
 *
 * @param type of the body, as {@code Content-Type} says, in lower case and without parameters;
 *     empty without a body
 * @param text the body
 */
record Call(RoutingContext context, String type, String text) {

  /** A parameter of the path, decoded. */
  String parameter(String name) {
    String value = context.pathParam(name);
    if (value == null) {
      throw new IllegalStateException("no such parameter in the route: " + name);
    }
    return value;
  }

  /** A number in the path. */
  long number(String name) throws RefusedException {
    return number(name, parameter(name), 404);
  }

  private static long number(String name, String text, int otherwise) throws RefusedException {
    if (text.matches("[0-9]{1,15}")) {
      return Long.parseLong(text);
    }
    throw new RefusedException(
        otherwise, name + ": " + Excerpt.of(text) + " (expected: a number from 1)");
  }

  /** A parameter behind the question mark that is {@code true} or {@code false}. */
  boolean flag(String name) throws RefusedException {
    List<String> values = context.queryParam(name);
    if (values.isEmpty() || values.equals(List.of("false"))) {
      return false;
    }
    if (values.equals(List.of("true"))) {
      return true;
    }
    throw new RefusedException(
        400, name + ": " + Excerpt.of(String.join(",", values)) + " (expected: true or false)");
  }

  /** Whether nothing is to change. */
  static boolean isDryRun(RoutingContext context) {
    return context.queryParam("dryRun").contains("true");
  }

  /** The revision that the caller has in mind; null when it does not matter. */
  @Nullable Long ifMatch() throws RefusedException {
    List<String> values = context.request().headers().getAll("If-Match");
    if (values.isEmpty() || values.equals(List.of("*"))) {
      return null;
    }
    String tag = values.get(0).strip().replaceFirst("^\"(.*)\"$", "$1");
    return number("If-Match", values.size() == 1 ? tag : String.join(",", values), 400);
  }

  /**
   * For what changes something: a parameter that is not known may be a misspelt {@code dryRun}, and
   * nobody who wanted to look first shall find it done. Upper and lower case are alike.
   */
  void refuseParametersBut(String... known) throws RefusedException {
    for (String given : context.queryParams().names()) {
      if (Stream.of(known).noneMatch(given::equalsIgnoreCase)) {
        String expected = known.length == 0 ? "none" : String.join(" or ", known);
        throw new RefusedException(
            400,
            Excerpt.of(given) + ": not known here (expected: " + expected + "; nothing changed)");
      }
    }
  }

  /** For what knows no revisions to match. */
  void refuseIfMatch() throws RefusedException {
    if (ifMatch() != null) {
      throw new RefusedException(400, "If-Match: not known here (expected: none; nothing changed)");
    }
  }

  /** The body as JSON object. */
  JsonObject json() throws RefusedException {
    try {
      return new JsonObject(text);
    } catch (DecodeException | ClassCastException e) {
      throw new RefusedException(400, "the body is no JSON object (expected: a JSON object)");
    }
  }

  /** What may take a while: on a worker, so that others are answered meanwhile. */
  <T> Future<T> aside(Callable<T> work) {
    return context.vertx().executeBlocking(work, false);
  }

  /** Whether JSON is asked for rather than YAML, by the weights of {@code Accept}. */
  boolean prefersJson() {
    for (MIMEHeader accepted : context.parsedHeaders().accept()) {
      String name = accepted.component() + "/" + accepted.subComponent();
      if (name.equalsIgnoreCase(Answer.JSON)) {
        return true;
      }
      if (name.equalsIgnoreCase(Answer.YAML) || accepted.subComponent().equals("*")) {
        return false;
      }
    }
    return false;
  }

  /** Has the audit log say how much was asked for; numbers, and nothing of the client's. */
  void ordered(String detail) {
    AuditLog.detail(context, detail);
  }

  /** Who asks: the address. */
  String address() {
    return Door.address(context.request());
  }

  /** Who asks, for the history. */
  String actor() {
    return "admin " + address();
  }
}
