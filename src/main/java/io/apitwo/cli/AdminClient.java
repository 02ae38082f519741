package io.apitwo.cli;

import io.apitwo.rules.Excerpt;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;

/**
 * Asks the admin API of one gateway. Blocks; not on an event loop.
 *
 * <p>The token is for gateways alone: it is sent once the far end has shown the contract of the
 * admin API, which it shows without one. A proxied service at a port that was mixed up never sees
 * it.
 */
final class AdminClient {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** In the contract of every gateway. */
  private static final String TITLE = "title: APITWO admin API";

  private final URI admin;
  private final String token;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();
  private boolean known;

  /**
   * What the gateway said.
   *
   * @param from the URL of its management port
   * @param revision as the entity tag says; empty without one
   */
  record Reply(URI from, int status, String body, String revision) {
    boolean ok() {
      return status >= 200 && status < 300;
    }

    /** An empty object when the body is none. */
    JsonObject json() {
      try {
        return new JsonObject(body);
      } catch (DecodeException | ClassCastException e) {
        return new JsonObject();
      }
    }

    /** An answer that has what every gateway says there; else no gateway has answered. */
    JsonObject json(String field) throws CommandFailedException {
      JsonObject json = json();
      if (!json.containsKey(field)) {
        throw noGateway(from);
      }
      return json;
    }

    /** The revision of a document; without one no gateway has answered. */
    long number() throws CommandFailedException {
      if (!revision.matches("[0-9]{1,15}")) {
        throw noGateway(from);
      }
      return Long.parseLong(revision);
    }

    /** What a refusal says of itself. */
    String message() {
      String message = json().getString("msg", "");
      return message.isEmpty() ? "status " + status : message + " (status " + status + ")";
    }
  }

  AdminClient(URI admin, String token) {
    this.admin = admin;
    this.token = token;
  }

  /** A document or an answer; {@code accept} is the type that is asked for. */
  Reply get(String path, String accept) throws CommandFailedException {
    return send(request(path).header("Accept", accept).GET());
  }

  /** A JSON answer, which has this field. */
  JsonObject json(String path, String field) throws CommandFailedException {
    return refusedAs(get(path, "application/json")).json(field);
  }

  /**
   * Sends a body.
   *
   * @param headers name, value, …
   */
  Reply send(String method, String path, String type, String body, String... headers)
      throws CommandFailedException {
    BodyPublisher publisher =
        body.isEmpty() && type.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
    HttpRequest.Builder request = request(path).method(method, publisher);
    if (!type.isEmpty()) {
      request.header("Content-Type", type);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  /** Makes a refusal fail in the gateway's words. */
  static Reply refusedAs(Reply reply) throws CommandFailedException {
    if (!reply.ok()) {
      throw new CommandFailedException(reply.message());
    }
    return reply;
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(admin + path)).timeout(PATIENCE);
  }

  private Reply send(HttpRequest.Builder request) throws CommandFailedException {
    if (!known) {
      HttpResponse<String> contract = answer(request("/openapi.yaml").GET());
      if (contract.statusCode() != 200 || !contract.body().contains(TITLE)) {
        throw noGateway(admin);
      }
      known = true;
    }
    HttpResponse<String> response = answer(request.header("Authorization", "Bearer " + token));
    if (response.statusCode() == 401) {
      throw new CommandFailedException(
          admin + ": the token is not taken (expected: the one that the gateway has)");
    }
    String tag = response.headers().firstValue("ETag").orElse("");
    return new Reply(
        admin,
        response.statusCode(),
        response.body(),
        tag.replaceFirst("^W/", "").replace("\"", ""));
  }

  private HttpResponse<String> answer(HttpRequest.Builder request) throws CommandFailedException {
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new CommandFailedException(
          admin
              + ": no answer: "
              + reason(e)
              + " (expected: the management port of a gateway that runs)");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailedException(admin + ": interrupted");
    }
  }

  /** The first word that the library has for it: not all of its exceptions say something. */
  private static String reason(IOException failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each.getMessage() != null) {
        return Excerpt.of(each.getMessage());
      }
    }
    return failure.getClass().getSimpleName();
  }

  private static CommandFailedException noGateway(URI there) {
    return new CommandFailedException(
        there
            + ": no gateway's management port answers there"
            + " (expected: one such as http://127.0.0.1:9090)");
  }
}
