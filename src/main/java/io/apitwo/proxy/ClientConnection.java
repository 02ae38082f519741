package io.apitwo.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
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
  private boolean decoded;
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
    current = exchange;
  }

  void ended(Exchange exchange) {
    pace.exchangeEnded();
    if (current == exchange) {
      current = null;
    }
  }

  /** The client took something, or waits for us. */
  void moved() {
    pace.moved();
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
    decoded = true;
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
