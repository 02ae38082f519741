package io.apitwo.rules;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Gathers what is wrong with a document, so that people mend it in one go. At most 100 are kept.
 */
final class Problems {
  private static final int MOST = 100;
  private static final int MOST_CHARACTERS = 60;

  private final List<Problem> list = new ArrayList<>();

  void add(Element.Place place, String value, String expected) {
    add(place.file(), place.line(), place.column(), place.path(), value, expected);
  }

  void add(String file, int line, int column, String path, String value, String expected) {
    if (list.size() < MOST) {
      list.add(new Problem(file, line, column, printable(path), printable(value), expected));
    }
  }

  int size() {
    return list.size();
  }

  /**
   * @throws InvalidDocumentException if there is any, in the order of the document
   */
  void refuseIfAny() throws InvalidDocumentException {
    if (!list.isEmpty()) {
      list.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
      throw new InvalidDocumentException(list);
    }
  }

  private static String printable(String text) {
    StringBuilder printable = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (i == MOST_CHARACTERS) {
        return printable.append("...").toString();
      }
      char c = text.charAt(i);
      printable.append(
          c >= 0x20 && c <= 0x7e ? String.valueOf(c) : String.format("\\u%04x", (int) c));
    }
    return printable.toString();
  }
}
