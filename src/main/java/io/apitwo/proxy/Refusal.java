package io.apitwo.proxy;

import io.apitwo.limit.Decision;
import io.apitwo.rules.Told;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The answer to a request over its limit, as the limit says: by default 429 with the predecessor's
 * body, or, where the client asks for {@code application/problem+json}, the problem of RFC 9457
 * that the rate-limit header draft defines. A body of the limit's own goes before either.
 */
final class Refusal {
  private static final String PROBLEM = "application/problem+json";
  private static final String QUOTA_EXCEEDED =
      "https://iana.org/assignments/http-problem-types#quota-exceeded";

  private static final Pattern NOT_ACCEPTED = Pattern.compile("\\s*[qQ]=0(\\.0{0,3})?\\s*");

  private Refusal() {}

  static void give(HttpServerRequest request, RoutePolicy policy, Decision decision) {
    Told.Refusal said = policy.refusal(decision);
    HttpServerResponse response = request.response().setStatusCode(said.status());
    policy.addHeaders(decision, response.headers());
    long retryAfter = policy.retryAfterSeconds(decision);
    if (retryAfter > 0) {
      response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(retryAfter));
    }
    if (said.body() != null) {
      response.putHeader(HttpHeaders.CONTENT_TYPE, said.contentType());
      response.end(said.body());
    } else if (wantsProblem(request.headers().getAll(HttpHeaders.ACCEPT))) {
      response.putHeader(HttpHeaders.CONTENT_TYPE, PROBLEM);
      response.end(problem(said.status(), policy.violated(decision), retryAfter));
    } else {
      response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
      response.end(
          Answers.json(
              "Request too frequent (" + policy.violatedWord(decision) + ")", said.status()));
    }
  }

  /**
   * Whether a client names the problem type among those that it accepts. A wildcard is not enough:
   * who sends one is used to plain JSON.
   */
  static boolean wantsProblem(List<String> accepts) {
    for (String line : accepts) {
      for (String range : line.split(",")) {
        String[] parts = range.split(";");
        if (parts.length > 0
            && parts[0].strip().equalsIgnoreCase(PROBLEM)
            && Stream.of(parts).noneMatch(part -> NOT_ACCEPTED.matcher(part).matches())) {
          return true;
        }
      }
    }
    return false;
  }

  /** Policy names consist of characters that JSON needs no escape for: the rules see to it. */
  private static String problem(int status, List<String> violated, long retryAfter) {
    String names = violated.stream().map(name -> '"' + name + '"').collect(Collectors.joining(","));
    String when =
        retryAfter > 0
            ? "Retry in " + retryAfter + (retryAfter == 1 ? " second." : " seconds.")
            : "The request costs more than the quota.";
    return "{\"type\":\""
        + QUOTA_EXCEEDED
        + "\",\"title\":\"Quota Exceeded\",\"status\":"
        + status
        + ",\"detail\":\"Over the quota of "
        + String.join(", ", violated)
        + ". "
        + when
        + "\",\"violated-policies\":["
        + names
        + "]}";
  }
}
