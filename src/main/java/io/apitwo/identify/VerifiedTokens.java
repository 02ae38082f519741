package io.apitwo.identify;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers tokens that were verified, by their SHA-256, so that nobody finds a token in it. The
 * keys and rules they were verified by must still be in force: who changes those forgets all. Of
 * too many, those that were not shown for the longest time are forgotten.
 *
 * <p>A hash costs as much as a tenth of a request, so the headers of the last few hundred are kept
 * as they came. They are compared many bytes at a time, so how long that takes tells nobody
 * anything: a signature would have to be guessed by that many at once.
 *
 * <p>Confined to one event loop.
 */
final class VerifiedTokens {
  /** Each is some kilobytes at most, mostly far less. */
  private static final int MOST = 10_000;

  /** A power of two. */
  private static final int MOST_RECENT = 512;

  private final MessageDigest sha256 = sha256();
  private final @Nullable Recent[] recent = new Recent[MOST_RECENT];
  private final Map<Hash, Verified> tokens =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Hash, Verified> eldest) {
          return size() > MOST;
        }
      };

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

  private record Recent(String line, Verified verified) {}

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has it
    }
  }

  /** What is known of a header that was shown just so; null for none, or one that has expired. */
  @Nullable Verified recent(String line, long nowSeconds) {
    Recent last = recent[slot(line)];
    return last != null && nowSeconds < last.verified().untilSeconds() && last.line().equals(line)
        ? last.verified()
        : null;
  }

  /** Keeps a header in the place of another one. */
  void remember(String line, Verified verified) {
    recent[slot(line)] = new Recent(line, verified);
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
    Verified known = tokens.get(hash);
    if (known != null && nowSeconds >= known.untilSeconds()) {
      tokens.remove(hash);
      return null;
    }
    return known;
  }

  void put(Hash hash, Verified verified) {
    tokens.put(hash, verified);
  }

  void clear() {
    tokens.clear();
    Arrays.fill(recent, null);
  }
}
