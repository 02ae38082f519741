package apitwo.load;

import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.util.function.Function;

/** What most simulations ask for, beside what they are about. */
final class Traffic {
  /** What the limit {@code tight} lets pass in a month. */
  static final int TIGHT = 300;

  /** One of a hundred clients, none of which ever reaches its limit: it has to be served. */
  static HttpRequestActionBuilder withinLimits(String name, Function<Session, String> url) {
    return http(name)
        .get(url)
        .header("X-Client", session -> "c" + session.userId() % 100)
        .check(status().in(200, 204));
  }

  /** One client that asks for more than it may have, of the lab's limit {@code tight}. */
  static HttpRequestActionBuilder tooMuch(String path, Function<Session, String> url) {
    return http("too much").get(url).header("X-Client", path).check(status().in(204, 429));
  }

  private Traffic() {}
}
