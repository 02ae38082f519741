package io.apitwo.identify;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers tokens that were verified, by their SHA-256, so that nobody finds a token in it. The
 * keys and rules they were verified by must still be in force: who changes those forgets all. Of
 * what is too much for its share of the heap, those that were not shown for the longest time are
 * forgotten; those that have expired, once a minute.
 *
 * <p>A hash costs as much as a tenth of a request, so the headers of the last few hundred are kept
 * as they came. They are compared many bytes at a time, so how long that takes tells nobody
 * anything: a signature would have to be guessed by that many at once.
 *
 * <p>Confined to one event loop.
 */
final class VerifiedTokens {
  private static final int SWEEP_SECONDS = 60;

  /** A power of two. */
  private static final int MOST_RECENT = 512;

  /** Of the hash, the entry and what it holds, without the claims. */
  private static final int ENTRY_BYTES = 200;

  private final long mostBytes;
  private final MessageDigest sha256 = sha256();
  private final @Nullable Kept[] recent = new Kept[MOST_RECENT];
  private final Map<Hash, Kept> tokens = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;
  private long sweptSeconds;

  /** 256 bits of a hash. */
  record Hash(long a, long b, long c, long d) {
    @Override
    public int hashCode() {
      return (int) a;
    }
  }

  /**
   * A token that is genuine.
   *
   * @param identified what it proves
   * @param untilSeconds since 1970, leeway included
   */
  record Verified(Identified.As identified, long untilSeconds) {}

  private static final class Kept {
    final Hash hash;
    final Verified verified;
    final long bytes;

    /** The header as it came; null if that is not kept. */
    @Nullable String line;

    /** Whether the header was shown since the token was last looked for. */
    boolean shown;

    Kept(Hash hash, Verified verified) {
      this.hash = hash;
      this.verified = verified;
      this.bytes = ENTRY_BYTES + HeapBytes.of(verified.identified().credentials().claims());
    }
  }

  /**
   * @param mostBytes of heap, as estimated
   */
  VerifiedTokens(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has it
    }
  }

  /** What is known of a header that was shown just so; null for none, or one that has expired. */
  @Nullable Verified recent(String line, long nowSeconds) {
    Kept last = recent[slot(line)];
    if (last == null || nowSeconds >= last.verified.untilSeconds() || !line.equals(last.line)) {
      return null;
    }
    last.shown = true;
    return last.verified;
  }

  /** Keeps the header of a known token, in the place of another one. */
  void remember(String line, Hash hash) {
    Kept kept = tokens.get(hash);
    if (kept != null) {
      forgetLine(kept);
      int slot = slot(line);
      Kept before = recent[slot];
      if (before != null) {
        forgetLine(before);
      }
      recent[slot] = kept;
      kept.line = line;
      bytes += HeapBytes.of(line);
      shrink();
    }
  }

  private void forgetLine(Kept kept) {
    if (kept.line != null) {
      recent[slot(kept.line)] = null;
      bytes -= HeapBytes.of(kept.line);
      kept.line = null;
    }
  }

  /** By the end of its signature, which is as good as random. */
  private static int slot(String line) {
    int hash = 0;
    for (int i = Math.max(0, line.length() - 8); i < line.length(); i++) {
      hash = 31 * hash + line.charAt(i);
    }
    return hash & MOST_RECENT - 1;
  }

  Hash hash(String token) {
    ByteBuffer hash = ByteBuffer.wrap(sha256.digest(token.getBytes(StandardCharsets.ISO_8859_1)));
    return new Hash(hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
  }

  /** Null for a token that is not known, or not valid any more. */
  @Nullable Verified find(Hash hash, long nowSeconds) {
    if (nowSeconds - sweptSeconds >= SWEEP_SECONDS) {
      sweptSeconds = nowSeconds;
      sweep(nowSeconds);
    }
    Kept known = tokens.get(hash);
    return known == null || nowSeconds >= known.verified.untilSeconds() ? null : known.verified;
  }

  private void sweep(long nowSeconds) {
    Iterator<Kept> all = tokens.values().iterator();
    while (all.hasNext()) {
      Kept kept = all.next();
      if (nowSeconds >= kept.verified.untilSeconds()) {
        all.remove();
        removed(kept);
      }
    }
  }

  private void removed(Kept kept) {
    forgetLine(kept);
    bytes -= kept.bytes;
  }

  void put(Hash hash, Verified verified) {
    Kept kept = new Kept(hash, verified);
    Kept before = tokens.put(hash, kept);
    if (before != null) {
      removed(before);
    }
    bytes += kept.bytes;
    shrink();
  }

  /** Whoever was shown by its header was not looked for here, and is spared once. */
  private void shrink() {
    while (bytes > mostBytes && !tokens.isEmpty()) {
      Kept eldest = tokens.values().iterator().next();
      if (eldest.shown) {
        eldest.shown = false;
        tokens.get(eldest.hash); // is the youngest from now on
      } else {
        tokens.remove(eldest.hash);
        removed(eldest);
      }
    }
  }

  /** How much heap it takes, as estimated. */
  long bytes() {
    return bytes;
  }

  void clear() {
    tokens.clear();
    Arrays.fill(recent, null);
    bytes = 0;
  }
}
