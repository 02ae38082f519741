package io.apitwo.proxy;

import io.apitwo.rules.Upstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.util.AsciiString;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.util.function.BiConsumer;

/**
 * What an upstream is sent of a request before its body: method, canonical target, end-to-end
 * headers and the forwarding headers that the gateway vouches for.
 */
final class RequestHead {
  private static final int HEAD_BYTES = 768;
  private static final AsciiString VERSION = AsciiString.cached(" HTTP/1.1\r\n");
  private static final int CR_LF = '\r' << 8 | '\n';
  private static final int COLON_SPACE = ':' << 8 | ' ';

  private final Exchange exchange;
  private final ForwardingHeaders forwarding;
  private final MultiMap from;
  private final boolean hasLength;
  private final boolean chunked;
  private final boolean hasBody;
  private final boolean webSocket;

  /**
   * @throws IllegalArgumentException when a header cannot be written down
   */
  RequestHead(Exchange exchange, ForwardingHeaders forwarding) {
    this.exchange = exchange;
    this.forwarding = forwarding;
    HttpServerRequest request = exchange.request;
    this.from = checked(request.headers());
    String length = from.get(HttpHeaders.CONTENT_LENGTH);
    this.hasLength = length != null;
    this.chunked = !hasLength && from.contains(HttpHeaders.TRANSFER_ENCODING);
    boolean unknown = !hasLength && request.version() == HttpVersion.HTTP_2 && !exchange.hasNoBody;
    this.hasBody = (hasLength && !length.equals("0")) || chunked || unknown;
    this.webSocket =
        !hasBody
            && request.version() == HttpVersion.HTTP_1_1
            && request.method().equals(HttpMethod.GET)
            && HopByHop.asksForWebSocket(from);
  }

  /** HTTP/1's decoder lets no line break into a header; HTTP/2's may, being no end of it there. */
  private static MultiMap checked(MultiMap headers) {
    return headers instanceof io.netty.handler.codec.http.HttpHeaders
        ? headers
        : HttpHeaders.headers().addAll(headers);
  }

  /** Whether the body's end is told in a way that is understood here: no coding but chunked. */
  static boolean isFramed(HttpServerRequest request) {
    String coding = request.headers().get(HttpHeaders.TRANSFER_ENCODING);
    return coding == null
        || (coding.equalsIgnoreCase("chunked")
            && request.headers().getAll(HttpHeaders.TRANSFER_ENCODING).size() == 1);
  }

  /** Whether the request does the same when it is sent twice, and can be. */
  boolean isRepeatable() {
    HttpMethod method = exchange.request.method();
    return !hasBody
        && (method.equals(HttpMethod.GET)
            || method.equals(HttpMethod.HEAD)
            || method.equals(HttpMethod.OPTIONS));
  }

  /** Set anew for each upstream, or answered by the gateway. */
  private static boolean isReplaced(CharSequence name) {
    return AsciiString.contentEqualsIgnoreCase(name, HttpHeaders.HOST)
        || AsciiString.contentEqualsIgnoreCase(name, HttpHeaders.EXPECT)
        || ForwardingHeaders.isForwarding(name)
        || WindowHeader.isReplaced(name);
  }

  private void forEach(Upstream.Target target, BiConsumer<CharSequence, CharSequence> to) {
    to.accept(HttpHeaders.HOST, target.authority());
    HopByHop.forEach(from, name -> isReplaced(name) || exchange.keys.isHeader(name), to);
    to.accept("X-Forwarded-For", forwarding.forwardedFor());
    to.accept("X-Forwarded-Proto", forwarding.proto());
    if (forwarding.host() != null) {
      to.accept("X-Forwarded-Host", forwarding.host());
    }
    to.accept("Forwarded", forwarding.forwarded());
    if (exchange.decision != null) {
      WindowHeader.add(exchange.decision, to);
    }
    if (webSocket) {
      to.accept(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE);
      to.accept(HttpHeaders.UPGRADE, HttpHeaderValues.WEBSOCKET);
    }
  }

  /** The request for one target, for the library to send. */
  RequestOptions options(Upstream.Target target) {
    MultiMap headers = HttpHeaders.headers();
    forEach(target, headers::add);
    return new RequestOptions()
        .setMethod(exchange.request.method())
        .setHost(target.host())
        .setPort(target.port())
        .setSsl(target.tls())
        .setURI(exchange.forwardedUri())
        .setHeaders(headers);
  }

  /** The request for one target as it is sent, for the caller to release. */
  ByteBuf encoded(Upstream.Target target, ByteBufAllocator allocator) {
    ByteBuf to = allocator.directBuffer(HEAD_BYTES);
    ByteBufUtil.writeAscii(to, exchange.request.method().name());
    to.writeByte(' ');
    ByteBufUtil.writeAscii(to, exchange.forwardedUri());
    ByteBufUtil.writeAscii(to, VERSION);
    forEach(target, (name, value) -> write(to, name, value));
    return ByteBufUtil.writeShortBE(to, CR_LF);
  }

  private static void write(ByteBuf to, CharSequence name, CharSequence value) {
    ByteBufUtil.writeAscii(to, name);
    ByteBufUtil.writeShortBE(to, COLON_SPACE);
    ByteBufUtil.writeAscii(to, value);
    ByteBufUtil.writeShortBE(to, CR_LF);
  }

  /** Whether the connection is to carry WebSocket frames afterwards. */
  boolean asksForWebSocket() {
    return webSocket;
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
