package io.apitwo.rules;

import java.util.Collection;
import java.util.Locale;

/** Guesses what a misspelt word was meant to be. */
final class Spelling {
  private static final int MOST_CANDIDATES = 100;
  private static final int MOST_LENGTH = 64;
  private static final int MOST_LISTED = 20;

  private Spelling() {}

  /**
   * {@code one of a, b, c; did you mean b?}: the first of the candidates, and the nearest if it is
   * near; a single candidate alone.
   */
  static String oneOf(String word, Collection<String> candidates) {
    if (candidates.size() <= 1) {
      return String.join("", candidates);
    }
    StringBuilder text = new StringBuilder("one of ");
    text.append(String.join(", ", candidates.stream().limit(MOST_LISTED).toList()));
    if (candidates.size() > MOST_LISTED) {
      text.append(", ...");
    }
    String nearest = nearest(word, candidates);
    return nearest.isEmpty()
        ? text.toString()
        : text.append("; did you mean ").append(nearest).append('?').toString();
  }

  /** The nearest candidate that is at most a third away; else empty. */
  static String nearest(String word, Collection<String> candidates) {
    String nearest = "";
    int least = Math.max(2, Math.min(word.length(), MOST_LENGTH) / 3 + 1);
    for (String candidate : candidates.stream().limit(MOST_CANDIDATES).toList()) {
      if (word.length() <= MOST_LENGTH && candidate.length() <= MOST_LENGTH) {
        int distance = distance(word.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
        if (distance < least) {
          least = distance;
          nearest = candidate;
        }
      }
    }
    return nearest;
  }

  /** Levenshtein's: insertions, deletions and replacements of single characters. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
