package io.apitwo.proxy;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The body of one request: held back until somebody takes it, and looked into on the way if it is
 * small. What was looked at comes first to whoever takes the rest.
 *
 * <p>Confined to one event loop.
 */
final class RequestBody {
  private final HttpServerRequest request;
  private boolean held;
  private boolean full;
  private @Nullable Buffer seen;
  private boolean seenAll;
  private @Nullable Consumer<@Nullable Buffer> peeking;
  private Handler<Buffer> taker = dropped -> {};
  private Handler<Void> endTaker = ended -> {};

  RequestBody(HttpServerRequest request) {
    this.request = request;
  }

  /** Lets no part of the body come until somebody can take it. */
  void hold() {
    if (!held) {
      held = true;
      stop();
    }
  }

  /** Lets the body come; what nobody takes is dropped. */
  void release() {
    peeking = null;
    if (seen != null) {
      deliverSeen();
    }
    if (held) {
      held = false;
      if (!full) { // what was seen may have filled the taker up
        go();
      }
    }
  }

  private void deliverSeen() {
    Buffer first = seen;
    seen = null;
    if (first != null && first.length() > 0) {
      taker.handle(first);
    }
    if (seenAll) {
      endTaker.handle(null);
    }
  }

  /**
   * Waits for the whole body and keeps it, held back.
   *
   * @param most in bytes
   * @param then is told the body, or null when it is larger; not at all when it never ends
   */
  void peek(int most, Consumer<@Nullable Buffer> then) {
    Buffer kept = Buffer.buffer();
    seen = kept;
    peeking = then;
    request.handler(
        chunk -> {
          if (peeking == null) {
            taker.handle(chunk);
            return;
          }
          kept.appendBuffer(chunk);
          if (kept.length() > most) {
            hold();
            peeked(null);
          }
        });
    request.endHandler(
        ended -> {
          if (peeking == null) {
            endTaker.handle(null);
            return;
          }
          seenAll = true;
          peeked(kept);
        });
    held = false;
    request.resume();
  }

  private void peeked(@Nullable Buffer body) {
    Consumer<@Nullable Buffer> then = peeking;
    peeking = null;
    if (then != null) {
      then.accept(body);
    }
  }

  /** Whether the gateway waits for the client to send more of it. */
  boolean isPeeking() {
    return peeking != null;
  }

  /** Who takes it from now on; nothing comes before {@link #release}. */
  void takenBy(Handler<Buffer> chunks, Handler<Void> end) {
    taker = chunks;
    endTaker = end;
    if (seen == null) {
      request.handler(chunks).endHandler(end);
    }
  }

  /** The taker can take no more for now. */
  void pause() {
    full = true;
    stop();
  }

  /** The taker can take more. */
  void resume() {
    full = false;
    go();
  }

  private void stop() {
    if (!request.isEnded()) { // else HTTP/2's fails
      request.pause();
    }
  }

  private void go() {
    if (!request.isEnded()) {
      request.resume();
    }
  }

  /** Drops what still comes of it. */
  void drop() {
    peeking = null;
    seen = null;
    taker = dropped -> {};
    endTaker = ended -> {};
    if (!request.isEnded()) {
      request.handler(dropped -> {}).endHandler(ended -> {}).resume();
    }
  }
}
