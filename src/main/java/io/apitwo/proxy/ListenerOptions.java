package io.apitwo.proxy;

import io.apitwo.rules.Settings;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.util.Set;

/**
 * The options of servers and client, each bound said where the library's default has none or a bad
 * one.
 */
final class ListenerOptions {
  private static final int LINE_BYTES = 8_192;
  private static final int HEADER_BYTES = 16_384;
  private static final int CHUNK_BYTES = 65_536;

  /** The longest that a rule may ask for; the sweep enforces the rule's own. */
  private static final int CONNECT_MILLIS = 60_000;

  static final int CONNECTIONS_A_TARGET = 512;
  static final int MOST_WAITING = 1_024;
  static final int TUNNELS_A_TARGET = 10_000;
  static final int KEEP_ALIVE_SECONDS = 30;

  private ListenerOptions() {}

  /** The plain listener. Port 0 takes a free one, the same for all instances of the verticle. */
  static HttpServerOptions plain(Settings.Proxy settings) {
    return server(settings, settings.port() == 0 ? -1 : settings.port());
  }

  /** The HTTPS listener, with HTTP/2 by ALPN. Port 0 as above, another one. */
  static HttpServerOptions secure(Settings.Proxy settings, Settings.Tls tls) {
    return server(settings, tls.port() == 0 ? -2 : tls.port())
        .setSsl(true)
        .setUseAlpn(true)
        .setEnabledSecureTransportProtocols(Set.of("TLSv1.2", "TLSv1.3"))
        .setKeyCertOptions(
            new PemKeyCertOptions()
                .setCertPath(tls.cert().toString())
                .setKeyPath(tls.key().toString()));
  }

  private static HttpServerOptions server(Settings.Proxy settings, int port) {
    return new HttpServerOptions()
        .setHost(settings.host())
        .setPort(port)
        .setHttp2ClearTextEnabled(false)
        .setPerFrameWebSocketCompressionSupported(false)
        .setPerMessageWebSocketCompressionSupported(false)
        .setMaxInitialLineLength(LINE_BYTES)
        .setMaxHeaderSize(HEADER_BYTES)
        .setInitialSettings(
            new Http2Settings()
                .setMaxConcurrentStreams(
                    HttpServerOptions.DEFAULT_INITIAL_SETTINGS_MAX_CONCURRENT_STREAMS)
                .setMaxHeaderListSize(HEADER_BYTES))
        .setDecompressionSupported(false)
        .setCompressionSupported(false)
        .setHandle100ContinueAutomatically(false);
  }

  static HttpClientOptions client() {
    return new HttpClientOptions()
        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
        .setConnectTimeout(CONNECT_MILLIS)
        .setMaxInitialLineLength(LINE_BYTES)
        .setMaxHeaderSize(HEADER_BYTES)
        .setMaxChunkSize(CHUNK_BYTES)
        .setDecompressionSupported(false)
        .setPipelining(false);
  }

  /** How connections of our own are opened; as by the client. */
  static NetClientOptions connector() {
    return new NetClientOptions()
        .setConnectTimeout(CONNECT_MILLIS)
        .setHostnameVerificationAlgorithm("HTTPS");
  }

  /** How responses on connections of our own are read; as by the client. */
  static HttpDecoderConfig responses() {
    return new HttpDecoderConfig()
        .setMaxInitialLineLength(LINE_BYTES)
        .setMaxHeaderSize(HEADER_BYTES)
        .setMaxChunkSize(CHUNK_BYTES);
  }

  static PoolOptions pool() {
    return new PoolOptions()
        .setHttp1MaxSize(CONNECTIONS_A_TARGET)
        .setMaxWaitQueueSize(MOST_WAITING);
  }
}
