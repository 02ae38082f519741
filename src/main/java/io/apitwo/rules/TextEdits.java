package io.apitwo.rules;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Changes of a text at places of it as it was; they may not overlap. */
final class TextEdits {
  private final String text;
  private final List<Edit> edits = new ArrayList<>();

  private record Edit(int from, int to, String with) {}

  TextEdits(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  void replace(int from, int to, String with) {
    edits.add(new Edit(from, to, with));
  }

  void insert(int at, String what) {
    replace(at, at, what);
  }

  int lineStart(int at) {
    return text.lastIndexOf('\n', at - 1) + 1;
  }

  /** Where the line break is, or the end of the text. */
  int lineEnd(int at) {
    int end = text.indexOf('\n', at);
    int without = end > at && text.charAt(end - 1) == '\r' ? end - 1 : end;
    return end < 0 ? text.length() : without;
  }

  /** The text with all of them; those at one place in the order in which they were asked for. */
  String done() {
    edits.sort(Comparator.comparingInt(Edit::from));
    StringBuilder done = new StringBuilder();
    int from = 0;
    for (Edit edit : edits) {
      done.append(text, from, Math.max(from, edit.from())).append(edit.with());
      from = Math.max(from, edit.to());
    }
    return done.append(text, from, text.length()).toString();
  }
}
