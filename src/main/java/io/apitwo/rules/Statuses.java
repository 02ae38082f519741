package io.apitwo.rules;

import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A set of response statuses.
 *
 * @param words {@code 404} for one, {@code 5xx} for a class of them
 */
public record Statuses(Set<String> words) {
  public static final Statuses NONE = new Statuses(Set.of());

  static final String EXPECTED = "a status such as 404, or a class of them such as 5xx";

  private static final Pattern WORD = Pattern.compile("[1-5](xx|[0-9]{2})");

  public Statuses {
    words = Set.copyOf(words);
  }

  static @Nullable String word(String text) {
    return WORD.matcher(text).matches() ? text : null;
  }

  public boolean isEmpty() {
    return words.isEmpty();
  }

  /**
   * @param status 100 to 599
   */
  public boolean contains(int status) {
    return !words.isEmpty()
        && (words.contains(Integer.toString(status)) || words.contains(status / 100 + "xx"));
  }
}
