package io.apitwo.docs;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Output as a page shows it. In a line {@code …} stands for any text; a line that is nothing else
 * stands for any number of lines.
 */
record Shown(List<String> lines) {
  private static final String ANY = "…";

  /** Whether output is what is shown, to the last line; blank lines at its end do not count. */
  boolean fits(String output) {
    StringBuilder pattern = new StringBuilder();
    for (String line : lines) {
      pattern.append(line.strip().equals(ANY) ? "(?:[^\n]*\n)*" : of(line) + "\n");
    }
    String whole = output.isBlank() ? "" : output.stripTrailing() + "\n";
    return Pattern.matches(pattern.toString(), whole);
  }

  private static String of(String line) {
    StringBuilder pattern = new StringBuilder();
    for (String part : line.stripTrailing().split(ANY, -1)) {
      pattern.append(pattern.isEmpty() ? "" : "[^\n]*").append(Pattern.quote(part));
    }
    return pattern.toString();
  }
}
