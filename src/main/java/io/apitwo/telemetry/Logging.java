package io.apitwo.telemetry;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * Sets the log up in code, so that a setting decides its form: log lines to one stream, access
 * lines to another, the latter by a thread of its own. Text lines keep to printable ASCII whatever
 * a message holds; JSON escapes.
 */
public final class Logging {
  static final String ACCESS = "access";

  /** What is not printable ASCII is replaced: it can make a line read as another. */
  private static final String TEXT =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX,UTC} %-5level %logger{0} %replace(%msg){'[^ -~]','?'}%n"
          + "%replace(%ex){'[^ -~\n\t]','?'}";

  /**
   * What these say at ERROR or WARN is what clients, upstreams and Redis did, a line for each time.
   * That Redis is gone, and back, the store says itself.
   */
  private static final List<String> PEERS_DOING =
      List.of(
          "io.vertx.core.http.impl.HttpClientRequestImpl",
          "io.vertx.core.net.impl.ConnectionBase",
          "io.vertx.redis.client.impl.RedisConnectionManager",
          "io.netty.channel.AbstractChannelHandlerContext");

  private Logging() {}

  /**
   * Replaces whatever is set up.
   *
   * @param json one JSON object a line, else text
   * @param access whether access lines are wanted
   * @param lines where log lines go
   * @param accessLines where access lines go
   */
  public static void configure(
      boolean json, boolean access, OutputStream lines, OutputStream accessLines) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(appender(context, json ? json(context) : pattern(context, TEXT), lines));
    // One line for each aborted client is a log flood; what matters of it is in the access log.
    context.getLogger("io.vertx.core.http.impl").setLevel(Level.ERROR);
    context.getLogger("io.vertx.core.net.impl").setLevel(Level.ERROR);
    context.getLogger("com.hazelcast").setLevel(Level.WARN); // who comes and goes we say ourselves
    context.getLogger("com.hazelcast.cp").setLevel(Level.ERROR); // warns of what is not used
    for (String talkative : PEERS_DOING) {
      context.getLogger(talkative).setLevel(Level.OFF);
    }
    Logger accessLog = context.getLogger(ACCESS);
    accessLog.setAdditive(false);
    accessLog.setLevel(access ? Level.INFO : Level.OFF);
    if (access) {
      accessLog.addAppender(
          async(context, appender(context, pattern(context, "%msg%n"), accessLines)));
    }
  }

  /** Writes out what is still queued, and stops. */
  public static void stop() {
    ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
  }

  private static Encoder<ILoggingEvent> pattern(LoggerContext context, String pattern) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(pattern);
    encoder.start();
    return encoder;
  }

  private static Encoder<ILoggingEvent> json(LoggerContext context) {
    JsonEncoder encoder = new JsonEncoder();
    encoder.setContext(context);
    encoder.setWithSequenceNumber(false);
    encoder.setWithNanoseconds(false);
    encoder.setWithContext(false);
    encoder.setWithFormattedMessage(true);
    encoder.setWithMessage(false);
    encoder.setWithArguments(false);
    encoder.start();
    return encoder;
  }

  private static OutputStreamAppender<ILoggingEvent> appender(
      LoggerContext context, Encoder<ILoggingEvent> encoder, OutputStream out) {
    OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.setOutputStream(new Unclosed(out));
    appender.start();
    return appender;
  }

  private static AsyncAppender async(
      LoggerContext context, OutputStreamAppender<ILoggingEvent> target) {
    AsyncAppender async = new AsyncAppender();
    async.setContext(context);
    async.setQueueSize(8_192);
    async.setDiscardingThreshold(0);
    async.setNeverBlock(true); // a slow disk costs lines, never requests
    async.addAppender(target);
    async.start();
    return async;
  }

  /**
   * The process's streams outlive the appenders that write to them, which close what they are
   * given.
   */
  private static final class Unclosed extends FilterOutputStream {
    Unclosed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
