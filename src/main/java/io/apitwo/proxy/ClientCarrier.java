package io.apitwo.proxy;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.Handler;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import org.jspecify.annotations.Nullable;

/**
 * Carries a request with a body by the library's client.
 *
 * <p>Confined to the call's event loop.
 */
final class ClientCarrier implements Carrier {
  /** Ends are seen where a response is waited for; unheard, the library would log each of them. */
  private static final Handler<Throwable> HEARD = cause -> {};

  private final UpstreamCall call;
  private final TargetPool pool;
  private @Nullable ReadEnds reads;
  private @Nullable HttpClientRequest outbound;
  private @Nullable HttpClientResponse inbound;
  private boolean over;

  /**
   * @param pool where the call has a place, for this to leave
   */
  ClientCarrier(UpstreamCall call, TargetPool pool) {
    this.call = call;
    this.pool = pool;
  }

  void start(HttpClient client) {
    client.request(call.head().options(pool.target())).onComplete(this::send, this::notConnected);
  }

  private void send(HttpClientRequest opened) {
    opened.exceptionHandler(HEARD);
    if (over) {
      opened.reset();
      return;
    }
    outbound = opened;
    reads = ReadEnds.of(opened.connection());
    reads.tells(call);
    call.connected(this);
    opened.response().onComplete(this::respond, cause -> broken());
    upload(call.exchange().body, opened);
    call.exchange().body.release();
  }

  private void upload(RequestBody from, HttpClientRequest to) {
    RequestHead head = call.head();
    if (head.isChunked()) {
      to.setChunked(true);
    }
    from.takenBy(
        chunk -> {
          if (!head.hasLength() && !to.isChunked()) {
            to.setChunked(true);
          }
          to.write(chunk);
          if (to.writeQueueFull()) {
            from.pause();
            call.uploadHeld(true);
            to.drainHandler(
                drained -> {
                  call.uploadHeld(false);
                  from.resume();
                });
          }
        },
        ended -> {
          call.uploaded();
          to.end();
        });
  }

  private void respond(HttpClientResponse from) {
    if (over) {
      return;
    }
    inbound = from;
    from.exceptionHandler(cause -> broken());
    from.handler(call::body);
    from.endHandler(ended -> ended());
    call.respond(
        HttpResponseStatus.valueOf(from.statusCode(), from.statusMessage()), from.headers());
  }

  private void notConnected(Throwable cause) {
    if (leave()) {
      if (cause instanceof ConnectionPoolTooBusyException) {
        call.busy();
      } else {
        call.notConnected(cause);
      }
    }
  }

  private void ended() {
    if (leave()) {
      call.ended();
    }
  }

  private void broken() {
    if (leave()) {
      call.broken();
    }
  }

  /** Whether this was still under way. */
  private boolean leave() {
    boolean was = !over;
    over = true;
    if (was) {
      if (reads != null) {
        reads.tellsNoMore(call);
      }
      pool.leave();
    }
    return was;
  }

  @Override
  public void cancel() {
    boolean was = !over;
    over = true;
    if (outbound != null) {
      outbound.reset();
    }
    if (was) {
      pool.leave();
    }
  }

  @Override
  public void pause() {
    if (inbound != null) {
      inbound.pause();
    }
  }

  @Override
  public void resume() {
    if (inbound != null) {
      inbound.resume();
    }
  }
}
