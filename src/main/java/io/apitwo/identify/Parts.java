package io.apitwo.identify;

import io.apitwo.rules.KeyPart;
import io.apitwo.rules.Route;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values of one request that client keys are made of. What is there twice is taken for missing:
 * the upstream may look at the other one.
 *
 * <p>Confined to the thread that asks.
 */
public final class Parts {
  private static final int MOST_CLAIM_BYTES = 256;

  private final Request request;
  private final Route route;
  private final Caller caller;
  private final Credentials credentials;

  public Parts(Request request, Route route, Caller caller, Credentials credentials) {
    this.request = request;
    this.route = route;
    this.caller = caller;
    this.credentials = credentials;
  }

  public Request request() {
    return request;
  }

  public Route route() {
    return route;
  }

  public Caller caller() {
    return caller;
  }

  public Credentials credentials() {
    return credentials;
  }

  /** The value of one part; null, or empty, when the request does not carry it. */
  public @Nullable String value(KeyPart part) {
    if (part instanceof KeyPart.Address) {
      return caller.client();
    }
    if (part instanceof KeyPart.Header header) {
      return header(header.name());
    }
    if (part instanceof KeyPart.Claim claim) {
      return claim(claim.name());
    }
    if (part instanceof KeyPart.ApiKey || part instanceof KeyPart.Consumer) {
      return credentials.consumer();
    }
    return part instanceof KeyPart.Constant constant ? constant.text() : ofTarget(part);
  }

  private @Nullable String ofTarget(KeyPart part) {
    if (part instanceof KeyPart.RouteId) {
      return route.id();
    }
    if (part instanceof KeyPart.Method) {
      return request.method().equals("HEAD") ? "GET" : request.method();
    }
    if (part instanceof KeyPart.Host) {
      return request.host();
    }
    if (part instanceof KeyPart.PathParameter parameter) {
      return route.match().parameter(request.path(), parameter.name());
    }
    if (part instanceof KeyPart.Query query) {
      return FormFields.only(request.query(), query.name());
    }
    if (part instanceof KeyPart.Cookie cookie) {
      return Cookies.only(request.headers().values("cookie"), cookie.name());
    }
    return part instanceof KeyPart.Body body ? BodyFields.only(request, body.name()) : null;
  }

  /** Several lines of one name are one value, joined by commas. */
  private String header(String name) {
    List<String> lines = request.headers().values(name);
    return lines.size() == 1 ? lines.get(0) : String.join(",", lines);
  }

  private @Nullable String claim(String name) {
    Map<?, ?> claims = credentials.claims();
    Object value = claims.get(name);
    if (value == null && name.indexOf('.') > 0) {
      value = nested(claims, name);
    }
    return value instanceof String text && isPlain(text) ? text : null;
  }

  private static @Nullable Object nested(Map<?, ?> claims, String names) {
    Object value = claims;
    for (String name : names.split("\\.", -1)) {
      value = value instanceof Map<?, ?> map ? map.get(name) : null;
    }
    return value;
  }

  private static boolean isPlain(String text) {
    boolean small =
        text.length() <= MOST_CLAIM_BYTES / 3 // then no UTF-8 is longer
            || text.getBytes(StandardCharsets.UTF_8).length <= MOST_CLAIM_BYTES;
    return small && text.chars().noneMatch(Character::isISOControl);
  }
}
