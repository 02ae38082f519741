package io.apitwo.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import java.util.List;

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
  private boolean expecting;
  private boolean surplus;

  ResponseDecoder() {
    super(ListenerOptions.responses().setHeadersFactory(CHECKED));
  }

  /** Says what the next response answers. */
  void expect(boolean answerToHead) {
    answersHead = answerToHead;
    expecting = true;
  }

  /** The response is whole: whatever comes now is too much. */
  void expectNothing() {
    expecting = false;
  }

  /** Whether bytes came that nobody expected. */
  boolean hasSurplus() {
    return surplus;
  }

  @Override
  protected void decode(ChannelHandlerContext reader, ByteBuf bytes, List<Object> out)
      throws Exception {
    surplus |= !expecting && bytes.isReadable();
    super.decode(reader, bytes, out);
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    boolean last = ((HttpResponse) message).status().codeClass() != HttpStatusClass.INFORMATIONAL;
    return (answersHead && last) || super.isContentAlwaysEmpty(message);
  }
}
