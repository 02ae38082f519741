package io.apitwo;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Somebody who holds the token of a gateway. */
record Operator(RunningGateway gateway) {
  static Operator of(RunningGateway gateway) {
    return new Operator(gateway);
  }

  HttpRequest.Builder request(String path) {
    URI uri = URI.create("http://127.0.0.1:" + gateway.gateway.managementPort() + path);
    return HttpRequest.newBuilder(uri)
        .timeout(Duration.ofSeconds(20))
        .header("Authorization", "Bearer " + RunningGateway.TOKEN);
  }

  /** Sends a body as JSON; none when it is empty. */
  HttpResponse<String> send(String method, String path, String body) throws Exception {
    HttpRequest.Builder request = request(path);
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    return gateway.send(request.method(method, BodyPublishers.ofString(body)));
  }
}
