package io.apitwo.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 connection of our own to a target. It carries one call without a request body after
 * the other, and is used again only when each byte that came belongs to a whole response: one byte
 * more might be taken for the beginning of another client's answer.
 *
 * <p>Confined to its event loop.
 */
final class TargetConnection extends ChannelInboundHandlerAdapter implements Carrier {
  private static final long ENDING_SECONDS = 30;

  private final TargetPool pool;
  private final Channel channel;
  private final ContextInternal context;
  private final ResponseDecoder decoder = new ResponseDecoder();
  private @Nullable UpstreamCall call;
  private @Nullable Tunnel tunnel;
  private boolean hasPlace = true;
  private boolean interim;
  private boolean lasts;
  private boolean settling;
  private boolean ending;
  private long keepNanos = ListenerOptions.KEEP_ALIVE_SECONDS * 1_000_000_000L;
  private long idleSinceNanos;
  private @Nullable String keepAlive;

  private TargetConnection(TargetPool pool, Channel channel, ContextInternal context) {
    this.pool = pool;
    this.channel = channel;
    this.context = context;
  }

  /** Takes a connection over that has just come up, with the place that it was opened for. */
  static TargetConnection over(NetSocket socket, TargetPool pool) {
    ConnectionBase library = (ConnectionBase) socket;
    ChannelPipeline pipeline = library.channelHandlerContext().pipeline();
    for (Map.Entry<String, ChannelHandler> handler : pipeline) {
      if (!(handler.getValue() instanceof SslHandler)) {
        pipeline.remove(handler.getValue());
      }
    }
    TargetConnection connection = new TargetConnection(pool, pipeline.channel(), library.context());
    pipeline.addLast(connection.decoder, connection);
    return connection;
  }

  /** Sends a call's request. */
  void carry(UpstreamCall next) {
    call = next;
    hasPlace = true;
    decoder.expect(next.exchange().request.method().equals(HttpMethod.HEAD));
    next.connected(this);
    channel.writeAndFlush(
        next.head().encoded(pool.target(), channel.alloc()), channel.voidPromise());
    next.exchange().body.release();
  }

  /** From now on it has no place and waits for another call. */
  void idles() {
    hasPlace = false;
    idleSinceNanos = System.nanoTime();
  }

  boolean isUsable(long nowNanos) {
    return channel.isActive() && nowNanos - idleSinceNanos < keepNanos;
  }

  @Override
  public void channelRead(ChannelHandlerContext reader, Object message) {
    if (tunnel != null && message instanceof ByteBuf bytes) {
      tunnel.toClient(bytes);
      return;
    }
    try {
      if (tunnel != null || ending) {
        return; // the end of the head that opened it, or what nobody is there to hear
      }
      if (call == null || !isValid(message)) {
        broken(); // idle, it has nothing to say
      } else {
        read(call, message);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private static boolean isValid(Object message) {
    if (!(message instanceof HttpObject part) || part.decoderResult().isFailure()) {
      return false;
    }
    return !(message instanceof HttpResponse response)
        || response.protocolVersion() == HttpVersion.HTTP_1_1
        || response.protocolVersion() == HttpVersion.HTTP_1_0;
  }

  private void read(UpstreamCall current, Object message) {
    if (message instanceof HttpResponse response) {
      begin(current, response);
    } else if (message instanceof HttpContent content && !interim) {
      if (content.content().isReadable()) {
        current.body(BufferInternal.buffer(Unpooled.copiedBuffer(content.content())));
      }
      if (message instanceof LastHttpContent && call == current) {
        call = null;
        settling = true;
        decoder.expectNothing();
        current.ended();
      }
    }
  }

  private void begin(UpstreamCall current, HttpResponse response) {
    HttpResponseStatus status = response.status();
    interim =
        status.codeClass() == HttpStatusClass.INFORMATIONAL
            && status.code() != HttpResponseStatus.SWITCHING_PROTOCOLS.code();
    if (status.code() == HttpResponseStatus.SWITCHING_PROTOCOLS.code()
        && current.head().asksForWebSocket()) {
      become(current.switched(this, (MultiMap) response.headers()));
    } else if (!interim) {
      lasts = HttpUtil.isKeepAlive(response);
      noteKeepAlive(response.headers().get(KeepAlive.NAME));
      current.respond(status, (MultiMap) response.headers());
    }
  }

  private void become(@Nullable Tunnel opened) {
    call = null;
    if (opened == null || !channel.isActive()) {
      close();
      if (opened != null) {
        opened.targetGone();
      }
      return;
    }
    tunnel = opened;
    hasPlace = false;
    pool.tunnelOpened();
  }

  private void noteKeepAlive(@Nullable String said) {
    if (said != null && !said.equals(keepAlive)) {
      keepAlive = said;
      keepNanos = KeepAlive.nanos(said, keepNanos);
    }
  }

  /** Only now is it sure that nothing came behind a response. */
  @Override
  public void channelReadComplete(ChannelHandlerContext reader) {
    if (call != null) {
      call.readEnded();
    }
    if (call != null || tunnel != null) {
      return;
    }
    if (settling && lasts && !decoder.hasSurplus() && channel.isActive()) {
      settling = false;
      resume();
      pool.keep(this);
    } else if (settling || decoder.hasSurplus()) {
      settling = false;
      close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext reader) {
    broken();
  }

  /** The peer's doing, and its end; anything else is a bug of ours. */
  @Override
  public void exceptionCaught(ChannelHandlerContext reader, Throwable cause) {
    if (!(cause instanceof IOException || cause instanceof DecoderException)) {
      context.reportException(cause);
    }
    broken();
  }

  private void broken() {
    if (tunnel != null) {
      tunnel.targetGone();
      return;
    }
    UpstreamCall current = call;
    cancel();
    if (current != null) {
      current.broken();
    }
  }

  @Override
  public void cancel() {
    call = null;
    close();
  }

  void close() {
    channel.close();
    if (tunnel != null) {
      tunnel = null;
      pool.tunnelEnded();
    } else if (hasPlace) {
      hasPlace = false;
      pool.leave();
    } else {
      pool.lost(this);
    }
  }

  /**
   * Ends a tunnel when what is on its way has left, which a target that takes nothing may not put
   * off for long. What it says meanwhile is dropped: unread, it would turn the end into a reset.
   */
  void closeWhenSent() {
    tunnel = null;
    ending = true;
    pool.tunnelEnded();
    resume();
    ChannelFuture sent = channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
    sent.addListener(ChannelFutureListener.CLOSE);
    if (!sent.isDone()) {
      Future<?> last =
          channel.eventLoop().schedule(() -> channel.close(), ENDING_SECONDS, TimeUnit.SECONDS);
      channel.closeFuture().addListener(closed -> last.cancel(false));
    }
  }

  /** Sends bytes of a tunnel. */
  void write(ByteBuf bytes) {
    channel.writeAndFlush(bytes, channel.voidPromise());
  }

  /** Whether it takes more of a tunnel's bytes for now. */
  boolean takesMore() {
    return channel.isWritable();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext reader) {
    if (tunnel != null && channel.isWritable()) {
      tunnel.targetTakesMore();
    }
  }

  @Override
  public void pause() {
    channel.config().setAutoRead(false);
  }

  @Override
  public void resume() {
    channel.config().setAutoRead(true);
  }
}
