package io.apitwo.proxy;

import io.apitwo.identify.Request;
import io.apitwo.identify.RequestHeaders;
import org.jspecify.annotations.Nullable;

/** A request that came by a socket, as identification looks at it. */
final class Sent implements Request {
  private final Exchange exchange;
  private final byte @Nullable [] body;

  /**
   * @param body the whole of it, if it was looked at and small
   */
  Sent(Exchange exchange, byte @Nullable [] body) {
    this.exchange = exchange;
    this.body = body;
  }

  @Override
  public String method() {
    return exchange.request.method().name();
  }

  @Override
  public String host() {
    return exchange.target().host();
  }

  @Override
  public String path() {
    return exchange.target().matchPath();
  }

  @Override
  public @Nullable String query() {
    return exchange.target().query();
  }

  @Override
  public RequestHeaders headers() {
    return exchange.request.headers()::getAll;
  }

  @Override
  public byte @Nullable [] body() {
    return body;
  }
}
