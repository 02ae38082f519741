package io.apitwo.proxy;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import org.jspecify.annotations.Nullable;

/**
 * Tells the call that a connection of the library's client carries when all that came at once has
 * been passed on, which the library does not say; and has the library leave the connection alone in
 * time ({@link KeepAlive}). One for each connection, not for each call.
 *
 * <p>Confined to the connection's event loop.
 */
final class ReadEnds extends ChannelInboundHandlerAdapter {
  private @Nullable UpstreamCall call;

  private ReadEnds() {}

  /** The one of a connection, which gets it with its first call. */
  static ReadEnds of(HttpConnection connection) {
    ChannelHandlerContext library = ((ConnectionBase) connection).channelHandlerContext();
    ChannelPipeline pipeline = library.pipeline();
    ReadEnds there = pipeline.get(ReadEnds.class);
    if (there == null) {
      there = new ReadEnds();
      pipeline.addBefore(library.name(), "read ends", there);
    }
    return there;
  }

  void tells(UpstreamCall call) {
    this.call = call;
  }

  /** The connection may be another call's by now. */
  void tellsNoMore(UpstreamCall over) {
    if (call == over) {
      call = null;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext reader, Object message) {
    if (message instanceof HttpResponse response) {
      KeepAlive.shorten(response.headers());
    }
    reader.fireChannelRead(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext reader) {
    reader.fireChannelReadComplete();
    if (call != null) {
      call.readEnded();
    }
  }
}
