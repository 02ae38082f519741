package io.apitwo.proxy;

import io.apitwo.rules.Upstream;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;

/**
 * What an upstream is sent of a request before its body: method, canonical target, end-to-end
 * headers and the forwarding headers that the gateway vouches for.
 */
final class RequestHead {
  private final HttpServerRequest request;
  private final MultiMap headers = HttpHeaders.headers();
  private final String uri;
  private final boolean hasLength;
  private final boolean chunked;
  private final boolean hasBody;

  RequestHead(Exchange exchange, ForwardingHeaders forwarding) {
    this.request = exchange.request;
    this.uri = exchange.target().uri();
    MultiMap from = request.headers();
    String length = from.get(HttpHeaders.CONTENT_LENGTH);
    this.hasLength = length != null;
    this.chunked = !hasLength && from.contains(HttpHeaders.TRANSFER_ENCODING);
    boolean unknown = !hasLength && request.version() == HttpVersion.HTTP_2 && !exchange.hasNoBody;
    this.hasBody = (hasLength && !length.equals("0")) || chunked || unknown;
    HopByHop.copy(from, headers, RequestHead::isReplaced);
    headers.set("X-Forwarded-For", forwarding.forwardedFor());
    headers.set("X-Forwarded-Proto", forwarding.proto());
    if (forwarding.host() != null) {
      headers.set("X-Forwarded-Host", forwarding.host());
    }
    headers.set("Forwarded", forwarding.forwarded());
  }

  /** Whether the body's end is told in a way that is understood here: no coding but chunked. */
  static boolean isFramed(HttpServerRequest request) {
    String coding = request.headers().get(HttpHeaders.TRANSFER_ENCODING);
    return coding == null
        || (coding.equalsIgnoreCase("chunked")
            && request.headers().getAll(HttpHeaders.TRANSFER_ENCODING).size() == 1);
  }

  /** Set anew for each upstream, or answered by the gateway. */
  private static boolean isReplaced(String name) {
    return name.equalsIgnoreCase("host")
        || name.equalsIgnoreCase("expect")
        || ForwardingHeaders.isForwarding(name);
  }

  /** The request for one target. */
  RequestOptions options(Upstream.Target target) {
    return new RequestOptions()
        .setMethod(request.method())
        .setHost(target.host())
        .setPort(target.port())
        .setSsl(target.tls())
        .setURI(uri)
        .setHeaders(headers.set(HttpHeaders.HOST, target.authority()));
  }

  /** All headers but the host, to be added to. */
  MultiMap headers() {
    return headers;
  }

  /** Whether a body follows, as far as the head says: an HTTP/2 one may turn out to be empty. */
  boolean hasBody() {
    return hasBody;
  }

  /** Whether the head announces the body's length. */
  boolean hasLength() {
    return hasLength;
  }

  /** Whether the body comes in chunks of unknown number. */
  boolean isChunked() {
    return chunked;
  }
}
