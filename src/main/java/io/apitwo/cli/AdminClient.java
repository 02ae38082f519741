package io.apitwo.cli;

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

/** Asks the admin API of one gateway. Blocks; not on an event loop. */
final class AdminClient {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final URI admin;
  private final String token;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  /**
   * What the gateway said.
   *
   * @param revision as the entity tag says; empty without one
   */
  record Reply(int status, String body, String revision) {
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

  JsonObject get(String path) throws CommandFailedException {
    return refusedAs(get(path, "application/json")).json();
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
    return HttpRequest.newBuilder(URI.create(admin + path))
        .timeout(PATIENCE)
        .header("Authorization", "Bearer " + token);
  }

  private Reply send(HttpRequest.Builder request) throws CommandFailedException {
    try {
      HttpResponse<String> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() == 401) {
        throw new CommandFailedException(
            admin + ": the token is not taken (expected: the one that the gateway has)");
      }
      String tag = response.headers().firstValue("ETag").orElse("");
      return new Reply(response.statusCode(), response.body(), tag.replace("\"", ""));
    } catch (IOException e) {
      throw new CommandFailedException(
          admin + ": no answer (expected: the management port of a gateway that runs)");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailedException(admin + ": interrupted");
    }
  }
}
