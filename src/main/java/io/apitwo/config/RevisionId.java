package io.apitwo.config;

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

  @Override
  public int compareTo(RevisionId other) {
    return ORDER.compare(this, other);
  }

  /**
   * @param other null comes before all others
   */
  public boolean isAfter(@Nullable RevisionId other) {
    return other == null || compareTo(other) > 0;
  }
}
