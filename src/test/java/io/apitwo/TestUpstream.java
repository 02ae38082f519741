package io.apitwo;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A server behind the gateway that remembers what reached it. */
public final class TestUpstream implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final HttpServer server;
  private final List<String> seen = new CopyOnWriteArrayList<>();

  public TestUpstream(Handler<HttpServerRequest> handler) throws Exception {
    this.server =
        vertx
            .createHttpServer()
            .requestHandler(
                request -> {
                  seen.add(request.method() + " " + request.uri());
                  handler.handle(request);
                })
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
  }

  public int port() {
    return server.actualPort();
  }

  /** Method and target of every request, in their order. */
  public List<String> seen() {
    return List.copyOf(seen);
  }

  /** Rules that send everything to this server without a limit. */
  public String rules(String upstreamOptions) {
    return """
        upstreams: { up: { targets: ["http://127.0.0.1:%d"]%s } }
        routes: [{ id: all, upstream: up }]
        """
        .formatted(port(), upstreamOptions);
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
