package io.apitwo.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A block of a page that shows commands.
 *
 * @param line where its first line stands in the page, from 1
 * @param mark what the comment before it says, such as {@code run: gateway}; empty without one
 * @param lines as shown, without the indent
 */
record Block(int line, String mark, List<String> lines) {
  private static final Pattern PROGRAM =
      Pattern.compile("(?m)^\\$ |\\bcurl |^(java|mvn|docker|helm|kubectl|redis-cli)\\b");
  private static final Pattern HERE_DOCUMENT = Pattern.compile("<<-?'?(\\w+)'?");

  /**
   * One command with what it prints.
   *
   * @param line where it stands in the page
   * @param command all of its lines
   * @param shown what should come, line by line
   */
  record Step(int line, String command, List<String> shown) {}

  /** Whether it holds something that a reader might type. */
  boolean isShell() {
    return PROGRAM.matcher(String.join("\n", lines)).find();
  }

  boolean isRun() {
    return mark.equals("run") || mark.startsWith("run: ");
  }

  boolean isRun(String how) {
    return mark.equals("run: " + how);
  }

  /** Whether a comment says why nobody runs it. */
  boolean isExcused() {
    return mark.startsWith("not run: ");
  }

  /**
   * The commands with their output. A command goes on after a backslash, and in a here-document.
   */
  List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    int i = 0;
    while (i < lines.size()) {
      if (!lines.get(i).startsWith("$ ")) {
        throw new IllegalStateException("line " + (line + i) + " (expected: a command after $)");
      }
      int end = endOfCommand(i);
      int next = end;
      while (next < lines.size() && !lines.get(next).startsWith("$ ")) {
        next++;
      }
      String command = String.join("\n", lines.subList(i, end)).substring(2);
      steps.add(new Step(line + i, command, List.copyOf(lines.subList(end, next))));
      i = next;
    }
    return steps;
  }

  private int endOfCommand(int start) {
    int end = start + 1;
    while (lines.get(end - 1).endsWith("\\")) {
      end++;
    }
    Matcher here = HERE_DOCUMENT.matcher(String.join("\n", lines.subList(start, end)));
    if (here.find()) {
      while (!lines.get(end).equals(here.group(1))) {
        end++;
      }
      end++;
    }
    return end;
  }
}
