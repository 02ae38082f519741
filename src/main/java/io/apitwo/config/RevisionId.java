package io.apitwo.config;

import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * What tells one entry of a document from all others, and which of two is the later one: the larger
 * number, and of two with the same number, which a partitioned cluster can make, the larger hash.
 *
 * @param number from 1
 * @param sha256 of the text, in lower-case hex
 */
public record RevisionId(long number, String sha256) implements Comparable<RevisionId> {
  private static final Comparator<RevisionId> ORDER =
      Comparator.comparingLong(RevisionId::number).thenComparing(RevisionId::sha256);

  /**
   * Reads {@code number} and {@code sha256}.
   *
   * @throws IllegalArgumentException when no entry can have that number
   */
  static RevisionId read(JsonObject json) {
    long number = json.getLong("number", 0L);
    if (!EntryForm.isNumber(number)) {
      throw new IllegalArgumentException("not the number of an entry");
    }
    return new RevisionId(number, json.getString("sha256", ""));
  }

  @Override
  public int compareTo(RevisionId other) {
    return ORDER.compare(this, other);
  }

  /** Whether both have the same number, and so at most one of them comes into force. */
  boolean isRivalOf(RevisionId other) {
    return number == other.number && !equals(other);
  }

  /**
   * @param other null comes before all others
   */
  public boolean isAfter(@Nullable RevisionId other) {
    return other == null || compareTo(other) > 0;
  }
}
