package io.apitwo;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Counts the whole messages in one direction of a Redis connection, RESP2 or RESP3, however the
 * bytes are cut into chunks. Pushes are no answers and are not counted. One thread feeds it, any
 * may read the counts.
 */
final class RespFrames {
  private static final int NAME_LENGTH = 8;

  private final StringBuilder line = new StringBuilder();
  private final StringBuilder name = new StringBuilder();
  private long pending; // items that the message under way still lacks
  private long skip; // bytes left of a bulk item and of its line end
  private int item; // of the message under way, from 1: a command's name is the second
  private boolean push;
  private volatile long messages;
  private volatile long calls;

  /** Messages that have come whole. */
  long messages() {
    return messages;
  }

  /** Those of them that run a script or a function. */
  long calls() {
    return calls;
  }

  /** Whether the last byte ended a message. */
  boolean isBetweenMessages() {
    return pending == 0 && line.isEmpty();
  }

  void feed(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      feed(bytes[i]);
    }
  }

  private void feed(byte b) {
    if (skip > 0) {
      if (item == 2 && name.length() < NAME_LENGTH) {
        name.append((char) b);
      }
      if (--skip == 0) {
        endItem();
      }
    } else if (b == '\n') {
      header(line.toString().strip());
      line.setLength(0);
    } else {
      line.append((char) (b & 0xff));
    }
  }

  private void header(String header) {
    if (pending == 0) {
      pending = 1;
      item = 0;
      push = header.startsWith(">");
      name.setLength(0);
    }
    item++;
    char type = header.isEmpty() ? ' ' : header.charAt(0);
    switch (type) {
      case '*', '~', '>' -> pending += Math.max(0, size(header));
      case '%' -> pending += 2 * size(header);
      case '|' -> pending += 2 * size(header) + 1; // attributes come before what they describe
      case '$', '=', '!' -> skip = size(header) < 0 ? 0 : size(header) + 2;
      default -> {}
    }
    if (skip == 0) {
      endItem();
    }
  }

  private static long size(String header) {
    return Long.parseLong(header.substring(1));
  }

  private void endItem() {
    if (--pending > 0 || push) {
      return;
    }
    String command = name.toString().toUpperCase(Locale.ROOT);
    if (command.startsWith("EVAL") || command.startsWith("FCALL")) {
      calls++;
    }
    messages++;
  }

  static byte[] command(String... parts) {
    StringBuilder text = new StringBuilder("*" + parts.length + "\r\n");
    for (String part : parts) {
      text.append('$').append(part.length()).append("\r\n").append(part).append("\r\n");
    }
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
