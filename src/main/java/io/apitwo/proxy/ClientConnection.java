package io.apitwo.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection, seen from just behind its decoder: what moves on it, and what the
 * library would end without an answer.
 *
 * <p>Confined to the connection's event loop.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter {
  private static final int LONGEST_DRAIN_MINUTES = 20;
  private static final long ON_ITS_WAY_NANOS = 1_000_000_000;

  /** How far a connection is on its way out. */
  private enum Leaving {
    NO,
    ASKED,
    ENDING
  }

  /** Who is at the other end, once somebody has looked. */
  Senders.@Nullable Peer peer;

  private final HttpConnection connection;
  private final ChannelHandlerContext library;
  private final boolean http2;
  private final Pace pace;
  private @Nullable Exchange current;
  private @Nullable Tunnel tunnel;
  private int heads;
  private int begun;
  private boolean decoded;
  private boolean closing;
  private Leaving leaving = Leaving.NO;
  private long askedNanos;

  private ClientConnection(
      HttpConnection connection, ChannelHandlerContext library, boolean http2, Pace pace) {
    this.connection = connection;
    this.library = library;
    this.http2 = http2;
    this.pace = pace;
  }

  /** Takes a place in the pipeline of a connection that has just come up. */
  static ClientConnection of(HttpConnection connection, long idleNanos) {
    ChannelHandlerContext library = ((ConnectionBase) connection).channelHandlerContext();
    boolean http2 = library.pipeline().get("httpDecoder") == null;
    ClientConnection client = new ClientConnection(connection, library, http2, new Pace(idleNanos));
    library.pipeline().addBefore(library.name(), "client", client);
    return client;
  }

  void began(Exchange exchange) {
    pace.exchangeBegan();
    begun++;
    current = exchange;
  }

  void ended(Exchange exchange) {
    pace.exchangeEnded();
    if (current == exchange) {
      current = null;
    }
  }

  /** Its client is told that the response under way is the last one here. */
  void closesWithResponse() {
    closing = true;
  }

  /** Whether a request that comes now is nobody's: RFC 9112, section 9.6. */
  boolean isClosing() {
    return closing && !http2;
  }

  /** The client took something, or waits for us. */
  void moved() {
    pace.moved();
  }

  /**
   * Answers that both ends speak WebSocket now, and lets the bytes pass. Whatever came behind the
   * handshake goes to the target, too.
   *
   * @param far what has switched already
   * @param headers of its answer
   * @return null when that cannot be: the client has sent more requests, or has not taken an
   *     earlier answer yet
   */
  @Nullable Tunnel switchTo(Exchange exchange, TargetConnection far, MultiMap headers) {
    Channel channel = library.channel();
    if (http2 || heads != begun || !channel.isActive() || !channel.isWritable()) {
      return null;
    }
    ResponseHead.writeSwitch(exchange, headers);
    Tunnel opened = new Tunnel(this, far);
    exchange.tunnel = opened;
    tunnel = opened;
    ChannelPipeline pipeline = library.pipeline();
    pipeline
        .context(this)
        .writeAndFlush(
            new DefaultHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.SWITCHING_PROTOCOLS,
                (HttpHeaders) exchange.response.headers()));
    pipeline.remove("httpEncoder");
    pipeline.remove("httpDecoder"); // what it has not read yet comes out of it
    return opened;
  }

  /** Sends bytes of a tunnel. */
  void write(ByteBuf bytes) {
    Channel channel = library.channel();
    channel.writeAndFlush(bytes, channel.voidPromise());
    if (channel.isWritable()) {
      pace.moved();
    }
  }

  /** Whether it takes more of a tunnel's bytes for now. */
  boolean takesMore() {
    return library.channel().isWritable();
  }

  /** Lets no more come from the client, or lets it come again. */
  void hold(boolean held) {
    library.channel().config().setAutoRead(!held);
  }

  /** Ends a tunnel, at once or when what is on its way has left. */
  void endTunnel(boolean atOnce) {
    Channel channel = library.channel();
    if (atOnce) {
      channel.close();
    } else {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  /**
   * Tells an HTTP/2 client to send no more requests here. As RFC 9113, section 6.8 has it, in two
   * steps: at first whatever is on its way is still taken, and when that has had time to come, the
   * connection ends with the last answer. HTTP/1.1 clients are told so by the next response.
   */
  void goAway(long nowNanos) {
    if (!http2) {
      return;
    }
    if (leaving == Leaving.NO) {
      leaving = Leaving.ASKED;
      askedNanos = nowNanos;
      connection.goAway(0, Integer.MAX_VALUE);
    } else if (leaving == Leaving.ASKED && nowNanos - askedNanos > ON_ITS_WAY_NANOS) {
      leaving = Leaving.ENDING;
      connection.shutdown(LONGEST_DRAIN_MINUTES, TimeUnit.MINUTES);
    }
  }

  /**
   * Closes the connection if its client makes no use of it.
   *
   * @return whether it is no more
   */
  boolean isGone(long nowNanos) {
    Channel channel = library.channel();
    if (channel.isActive() && pace.isOverdue(nowNanos, unsent(channel))) {
      if (pace.isIdle() && channel.isWritable()) {
        connection.close();
      } else {
        library.close(); // at once: what waits to be sent will never be taken
      }
    }
    return !channel.isActive();
  }

  private static long unsent(Channel channel) {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes() + buffer.currentProgress();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (tunnel != null && message instanceof ByteBuf bytes) {
      tunnel.toTarget(bytes);
      return;
    }
    decoded = true;
    if (message instanceof HttpRequest) {
      heads++;
    }
    if (message != LastHttpContent.EMPTY_LAST_CONTENT && !http2 && isBroken(message)) {
      ReferenceCountUtil.release(message);
      breakOff();
      return;
    }
    context.fireChannelRead(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (http2) {
      if (!pace.isIdle()) { // pings alone are no use
        pace.moved();
      }
    } else if (decoded) {
      pace.moved();
    } else {
      pace.bytesCame();
    }
    decoded = false;
    context.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (tunnel != null && context.channel().isWritable()) {
      pace.moved();
      tunnel.clientTakesMore();
    }
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (tunnel != null) {
      tunnel.clientGone();
    }
    context.fireChannelInactive();
  }

  /** Whether a part of a body cannot be read. A head that cannot is passed on as an invalid one. */
  private static boolean isBroken(Object message) {
    if (message instanceof HttpRequest request) {
      HttpVersion version = request.protocolVersion();
      boolean spoken = version == HttpVersion.HTTP_1_1 || version == HttpVersion.HTTP_1_0;
      if (!spoken && request.decoderResult().isSuccess()) {
        request.setDecoderResult(DecoderResult.failure(UnknownVersionException.INSTANCE));
        request.setProtocolVersion(HttpVersion.HTTP_1_1); // what the answer speaks
      }
      return false;
    }
    return message instanceof HttpContent content && content.decoderResult().isFailure();
  }

  private void breakOff() {
    if (current == null) {
      connection.close(); // answered before its body was read
    } else if (heads != begun) { // a later one's, which waits until the current one is answered
      current.leaveConnection();
      closing = true;
    } else {
      current.bodyBroke();
    }
  }

  /** The library fails at some exceptions before it closes. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.fireExceptionCaught(cause);
    context.close();
  }
}
