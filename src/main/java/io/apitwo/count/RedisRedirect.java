package io.apitwo.count;

import org.jspecify.annotations.Nullable;

/**
 * A server of a cluster did nothing, since the keys are elsewhere, or are being moved. Part of the
 * life of a cluster, hence without a stack trace.
 */
final class RedisRedirect extends Exception {
  private static final long serialVersionUID = 1;

  /** What the server asks for. */
  enum Kind {
    /** The keys' slot belongs to another server. */
    MOVED,
    /** These keys have gone ahead of their slot; for this one call the other server is right. */
    ASK,
    /** Some of the keys are here and some there: one at a time may work. */
    TRYAGAIN
  }

  private final Kind kind;
  private final String address;

  private RedisRedirect(Kind kind, String address) {
    super(kind.name(), null, false, false);
    this.kind = kind;
    this.address = address;
  }

  /** From {@code "MOVED 3999 127.0.0.1:6381"} and the like; null if it is none. */
  static @Nullable RedisRedirect of(String message) {
    String[] words = message.split(" ");
    for (Kind kind : Kind.values()) {
      if (words[0].equals(kind.name())) {
        return new RedisRedirect(kind, words.length > 2 ? words[2] : "");
      }
    }
    return null;
  }

  Kind kind() {
    return kind;
  }

  /** {@code HOST:PORT}; the host is empty for the server that said so. */
  String address() {
    return address;
  }
}
