package io.apitwo.proxy;

import io.apitwo.rules.Settings;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.PoolOptions;
import java.util.concurrent.TimeUnit;

/**
 * The options of servers and client, each bound said where the library's default has none or a bad
 * one.
 */
final class ListenerOptions {
  private static final int LINE_BYTES = 8_192;
  private static final int HEADER_BYTES = 16_384;
  private static final int CONNECTIONS_A_TARGET = 512;
  private static final int MOST_WAITING = 1_024;

  private ListenerOptions() {}

  /**
   * @param port 0 takes a free one, the same for all instances of the verticle
   */
  static HttpServerOptions server(Settings.Proxy settings, int port) {
    return new HttpServerOptions()
        .setHost(settings.host())
        .setPort(port == 0 ? -1 : port)
        .setHttp2ClearTextEnabled(false)
        .setIdleTimeout((int) settings.idleTimeout().toSeconds())
        .setIdleTimeoutUnit(TimeUnit.SECONDS)
        .setMaxInitialLineLength(LINE_BYTES)
        .setMaxHeaderSize(HEADER_BYTES)
        .setDecompressionSupported(false)
        .setCompressionSupported(false)
        .setHandle100ContinueAutomatically(false);
  }

  static HttpClientOptions client() {
    return new HttpClientOptions()
        .setKeepAliveTimeout(30)
        .setConnectTimeout(
            60_000) // the longest that a rule may ask for; the sweep enforces the rule's own
        .setMaxInitialLineLength(LINE_BYTES)
        .setMaxHeaderSize(HEADER_BYTES)
        .setMaxChunkSize(65_536)
        .setDecompressionSupported(false)
        .setPipelining(false);
  }

  static PoolOptions pool() {
    return new PoolOptions()
        .setHttp1MaxSize(CONNECTIONS_A_TARGET)
        .setMaxWaitQueueSize(MOST_WAITING);
  }
}
