package io.apitwo.rules;

import java.util.regex.Pattern;

/**
 * Text from a document, or from whoever asks, as problems show it: on one line, printable ASCII,
 * short, and without what stands before an {@code @} in a URL, which is often a password.
 */
public final class Excerpt {
  private static final int MOST_LENGTH = 60;

  /** A URL's user information, also one that should have been encoded. */
  private static final Pattern PASSWORD = Pattern.compile("//.*@", Pattern.DOTALL);

  private Excerpt() {}

  /** The first 60 characters or so. For any thread. */
  public static String of(String text) {
    return of(text, MOST_LENGTH);
  }

  static String of(String text, int mostLength) {
    if (text.isEmpty()) {
      return "\"\"";
    }
    String start = text.substring(0, Math.min(text.length(), 4 * mostLength));
    String open = PASSWORD.matcher(start).replaceAll("//***@");
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < open.length(); i++) {
      String next = escape(open.charAt(i));
      if (shown.length() + next.length() > mostLength) {
        return shown.append("...").toString();
      }
      shown.append(next);
    }
    return shown.toString();
  }

  private static String escape(char c) {
    if (c >= ' ' && c <= '~') {
      return String.valueOf(c);
    }
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> String.format("\\u%04x", (int) c);
    };
  }
}
