package io.apitwo.count;

import io.apitwo.telemetry.StoreMeter.Failure;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why a call brought nothing, and what follows from it.
 *
 * @param reason for logs: without secrets and client keys
 * @param broken whether the connection is of no more use
 * @param inDoubt whether a script that was answered so may have done a part of its work: Redis
 *     takes nothing back
 */
record RedisFault(Failure failure, String reason, boolean broken, boolean inDoubt) {
  /** The words by which a server says that it, or this login, is not the one to ask now. */
  private static final String[] NOT_HERE = {
    "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOAUTH", "WRONGPASS"
  };

  /** The words that meet a script before it runs, or at its first write: nothing was done. */
  private static final String[] NOT_NOW = {"OOM", "MISCONF", "NOREPLICAS", "BUSY", "NOSCRIPT"};

  private static final int LONGEST = 120;

  RedisFault(Failure failure, String reason, boolean broken) {
    this(failure, reason, broken, false);
  }

  /** Of a connection that stays silent. */
  static RedisFault timeout() {
    return new RedisFault(Failure.TIMEOUT, "no answer in time", true);
  }

  static RedisFault expired() {
    return new RedisFault(Failure.EXPIRED, "the call reached Redis too late", false);
  }

  /** From what the client reports. */
  static RedisFault of(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    if (!isAnswer(cause) || message.equals("CONNECTION_CLOSED")) {
      return new RedisFault(Failure.CONNECTION, "the connection broke", true);
    }
    for (String word : NOT_HERE) {
      if (says(message, word)) {
        return new RedisFault(Failure.ERROR, "Redis answered " + word, true);
      }
    }
    boolean undone =
        isForbidden(message) || Stream.of(NOT_NOW).anyMatch(word -> says(message, word));
    return new RedisFault(Failure.ERROR, "Redis answered: " + brief(message), false, !undone);
  }

  /** Whether this login may not call the script at all; what meets a script itself names it. */
  private static boolean isForbidden(String message) {
    return message.startsWith("NOPERM") && !message.contains("script");
  }

  /** Whether the server does not know the script, so that nothing of it has run. */
  static boolean isUnknownScript(@Nullable Throwable cause) {
    return cause != null
        && isAnswer(cause)
        && String.valueOf(cause.getMessage()).startsWith("NOSCRIPT");
  }

  /** Whether the server said no, so that nothing was done. */
  static boolean isRefusal(Throwable cause) {
    return isAnswer(cause) && !"CONNECTION_CLOSED".equals(cause.getMessage());
  }

  /** Where a server of a cluster sends us; null if it does not. */
  static @Nullable RedisRedirect redirect(Throwable cause) {
    return isAnswer(cause) ? RedisRedirect.of(String.valueOf(cause.getMessage())) : null;
  }

  /** Why no connection came about. */
  static RedisFault ofHandshake(Throwable cause) {
    if (isAnswer(cause)) {
      RedisFault fault = of(cause);
      return new RedisFault(fault.failure, fault.reason, true);
    }
    return new RedisFault(Failure.CONNECTION, brief(String.valueOf(cause.getMessage())), true);
  }

  /** Whether the server said so, and not the client. */
  private static boolean isAnswer(Throwable cause) {
    return cause instanceof Response answer && answer.type() == ResponseType.ERROR;
  }

  /** Redis 6 wraps what a command inside a script meets: "ERR Error running …: -READONLY …". */
  private static boolean says(String message, String word) {
    return message.startsWith(word)
        || message.contains(" -" + word + " ")
        || message.contains(": " + word + " ");
  }

  private static String brief(String message) {
    String line = message.replaceAll("[^ -~]", "?");
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
  }
}
