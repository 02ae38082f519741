package io.apitwo;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Somebody who holds the token, and asks the admin API of a gateway. */
final class Admin {
  private final RunningGateway gateway;

  Admin(RunningGateway gateway) {
    this.gateway = gateway;
  }

  HttpResponse<String> get(String path, String... headers) throws Exception {
    return send("GET", path, "", headers);
  }

  /** With a body of YAML, unless a header says otherwise. */
  HttpResponse<String> put(String body, String... headers) throws Exception {
    return send("PUT", "/admin/v1/rules", body, with("application/yaml", headers));
  }

  HttpResponse<String> patch(String limit, String body, String... headers) throws Exception {
    return send("PATCH", "/admin/v1/limits/" + limit, body, with("application/json", headers));
  }

  HttpResponse<String> rollback(long revision, String... headers) throws Exception {
    return send("POST", "/admin/v1/rules/revisions/" + revision + "/rollback", "", headers);
  }

  HttpResponse<String> send(String method, String path, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + gateway.gateway.managementPort() + path))
            .timeout(Duration.ofSeconds(30))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .setHeader("Authorization", "Bearer " + RunningGateway.TOKEN);
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    return gateway.send(request);
  }

  private static String[] with(String type, String... headers) {
    String[] all = new String[headers.length + 2];
    all[0] = "Content-Type";
    all[1] = type;
    System.arraycopy(headers, 0, all, 2, headers.length);
    return all;
  }

  static JsonObject json(HttpResponse<String> answer) {
    return new JsonObject(answer.body());
  }

  /** The revision in force. */
  long revision() throws Exception {
    return Long.parseLong(
        get("/admin/v1/rules").headers().firstValue("ETag").orElse("").replace("\"", ""));
  }
}
