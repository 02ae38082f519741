package io.apitwo.rules;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One document that must be refused, from a table of them. In the table it is a line {@code ===
 * NAME (KIND)}, lines {@code $ VARIABLE=VALUE} for its environment, the text, a line {@code >>>},
 * and the whole message. {@code <NUL>} and {@code <BEL>} stand for those characters.
 *
 * @param kind {@code yaml}: refused before any schema; {@code structure}: the JSON Schema refuses
 *     it too; {@code semantics}: only the reader does; {@code environment}: the text is fine
 */
public record BadDocument(
    String name, String kind, Map<String, String> environment, String text, String message) {

  public static Stream<BadDocument> rules() {
    return read("/rules/bad-rules.txt");
  }

  static Stream<BadDocument> settings() {
    return read("/rules/bad-settings.txt");
  }

  private static Stream<BadDocument> read(String table) {
    try (InputStream in = BadDocument.class.getResourceAsStream(table)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Stream.of(text.split("(?m)^=== "))
          .filter(part -> !part.isBlank())
          .map(BadDocument::of);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static BadDocument of(String part) {
    List<String> lines = part.lines().toList();
    String title = lines.get(0);
    int kind = title.lastIndexOf(" (");
    Map<String, String> environment = new LinkedHashMap<>();
    int first = 1;
    for (; lines.get(first).startsWith("$ "); first++) {
      String[] variable = lines.get(first).substring(2).split("=", 2);
      environment.put(variable[0], variable[1]);
    }
    int end = lines.indexOf(">>>");
    String text = String.join("\n", lines.subList(first, end)) + (end > first ? "\n" : "");
    return new BadDocument(
        title.substring(0, kind),
        title.substring(kind + 2, title.length() - 1),
        environment,
        text.replace("<NUL>", "\0").replace("<BEL>", "\u0007"),
        String.join("\n", lines.subList(end + 1, lines.size())).strip());
  }

  @Override
  public String toString() {
    return name;
  }
}
