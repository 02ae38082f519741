package io.apitwo.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows for people, in columns as wide as it takes. */
final class Table {
  private static final int MOST_WIDE = 60;

  private final List<List<String>> rows = new ArrayList<>();

  Table(String... headings) {
    rows.add(List.of(headings));
  }

  /** What is no printable character comes out as a question mark. */
  Table row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      String text = cell == null ? "-" : cell.toString().replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
      row.add(text.length() <= MOST_WIDE ? text : text.substring(0, MOST_WIDE - 1) + "…");
    }
    rows.add(row);
    return this;
  }

  /** The lines, without blanks at their ends. */
  List<String> lines() {
    int columns = rows.get(0).size();
    int[] width = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        width[i] = Math.max(width[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i)).append(" ".repeat(width[i] - row.get(i).length() + 2));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}
