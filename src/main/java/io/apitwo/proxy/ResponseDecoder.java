package io.apitwo.proxy;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.vertx.core.http.impl.headers.HeadersMultiMap;

/**
 * Netty's decoder of responses, told which of them answer HEAD and so have no body, whatever their
 * head says.
 */
final class ResponseDecoder extends HttpResponseDecoder {
  /** Headers that the library reads as its own, with its checks of names and values. */
  private static final HttpHeadersFactory CHECKED =
      new HttpHeadersFactory() {
        @Override
        public HttpHeaders newHeaders() {
          return HeadersMultiMap.httpHeaders();
        }

        @Override
        public HttpHeaders newEmptyHeaders() {
          return HeadersMultiMap.httpHeaders();
        }
      };

  private boolean answersHead;

  ResponseDecoder() {
    super(ListenerOptions.responses().setHeadersFactory(CHECKED));
  }

  /** Says what the next response answers. */
  void expect(boolean answerToHead) {
    answersHead = answerToHead;
  }

  /** Whether bytes have come that belong to no message so far. */
  boolean hasRest() {
    return actualReadableBytes() > 0;
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    boolean last = ((HttpResponse) message).status().codeClass() != HttpStatusClass.INFORMATIONAL;
    return (answersHead && last) || super.isContentAlwaysEmpty(message);
  }
}
