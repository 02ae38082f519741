package io.apitwo.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
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
 * @param files hashes of what rules files last said up to here, newest first: known also when the
 *     entries themselves are kept no longer
 */
public record Entry(
    long number,
    String sha256,
    String previous,
    String source,
    String actor,
    Instant at,
    boolean superseded,
    List<String> files,
    String text) {
  /** How many files' hashes an entry takes along. */
  static final int FILES = 8;

  public Entry {
    files = List.copyOf(files);
  }

  /**
   * The entry that a push becomes.
   *
   * @param before the one that it comes after
   */
  static Entry of(long number, @Nullable Entry before, Push push, Instant now) {
    String sha256 = sha256(push.text());
    List<String> files = before == null ? List.of() : before.files;
    return new Entry(
        number,
        sha256,
        before == null ? "" : before.sha256,
        push.source(),
        push.actor(),
        now,
        false,
        push.ofFile() ? withFirst(sha256, files) : files,
        push.text());
  }

  private static List<String> withFirst(String sha256, List<String> files) {
    List<String> all = new ArrayList<>(files);
    all.remove(sha256);
    all.add(0, sha256);
    return all.subList(0, Math.min(FILES, all.size()));
  }

  /** Whether it is what a rules file said. */
  boolean isOfFile() {
    return !files.isEmpty() && files.get(0).equals(sha256);
  }

  /** Its place in the order of all entries. */
  public RevisionId id() {
    return new RevisionId(number, sha256);
  }

  /** The same entry, as one that lost, or did not. */
  Entry superseded(boolean lost) {
    return lost == superseded
        ? this
        : new Entry(number, sha256, previous, source, actor, at, lost, files, text);
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
