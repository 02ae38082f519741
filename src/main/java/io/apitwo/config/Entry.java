package io.apitwo.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A document that was given a number, as it stands in the history.
 *
 * @param number from 1
 * @param sha256 of the text, in lower-case hex
 * @param previous the hash of the entry that it was made after; empty for the first
 * @param actor who put it there
 * @param superseded whether it lost against another one of a partitioned cluster; known to the
 *     history, not to the entry by itself
 */
public record Entry(
    long number,
    String sha256,
    String previous,
    String source,
    String actor,
    Instant at,
    boolean superseded,
    String text) {

  /**
   * The entry that a push becomes.
   *
   * @param before the one that it comes after
   */
  static Entry of(long number, @Nullable Entry before, Push push, Instant now) {
    return new Entry(
        number,
        sha256(push.text()),
        before == null ? "" : before.sha256,
        push.source(),
        push.actor(),
        now,
        false,
        push.text());
  }

  /** Its place in the order of all entries. */
  public RevisionId id() {
    return new RevisionId(number, sha256);
  }

  /** The same entry, as one that lost, or did not. */
  Entry superseded(boolean lost) {
    return lost == superseded
        ? this
        : new Entry(number, sha256, previous, source, actor, at, lost, text);
  }

  /** The hash of a text, in lower-case hex. */
  public static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has it
    }
  }
}
