package io.apitwo.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A page of the documentation, and the blocks in it that show commands. */
record Page(Path file, List<Block> blocks) {
  private static final String INDENT = "    ";
  private static final Pattern MARK = Pattern.compile("<!-- ((?:not )?run(?:: .+)?) -->");

  /** The READMEs and the handbook. */
  static List<Page> all() throws IOException {
    List<Path> files = new ArrayList<>(List.of(Path.of("README.md"), Path.of("README_ZH.md")));
    try (Stream<Path> docs = Files.list(Path.of("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(files::add);
    }
    List<Page> pages = new ArrayList<>();
    for (Path file : files) {
      pages.add(read(file));
    }
    return pages;
  }

  static Page read(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    List<Block> blocks = new ArrayList<>();
    String mark = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      Matcher marked = MARK.matcher(line);
      if (line.startsWith("```") || line.startsWith(INDENT)) {
        int end = line.startsWith("`") ? endOfFence(lines, i) : endOfIndent(lines, i);
        blocks.add(block(lines, i, end, mark));
        i = end - 1;
        mark = "";
      } else if (marked.matches()) {
        mark = marked.group(1);
      } else if (!line.isEmpty()) {
        mark = "";
      }
    }
    return new Page(file, blocks.stream().filter(Block::isShell).toList());
  }

  private static int endOfFence(List<String> lines, int start) {
    int end = start + 1;
    while (!lines.get(end).startsWith("```")) {
      end++;
    }
    return end + 1;
  }

  /** Blank lines belong to it where more follows. */
  private static int endOfIndent(List<String> lines, int start) {
    int end = start + 1;
    for (int i = end; i < lines.size() && (lines.get(i) + INDENT).startsWith(INDENT); i++) {
      end = lines.get(i).isEmpty() ? end : i + 1;
    }
    return end;
  }

  private static Block block(List<String> lines, int start, int end, String mark) {
    if (lines.get(start).startsWith("`")) {
      return new Block(start + 2, mark, List.copyOf(lines.subList(start + 1, end - 1)));
    }
    List<String> bare = new ArrayList<>();
    for (String line : lines.subList(start, end)) {
      bare.add(line.isEmpty() ? line : line.substring(INDENT.length()));
    }
    return new Block(start + 1, mark, bare);
  }
}
