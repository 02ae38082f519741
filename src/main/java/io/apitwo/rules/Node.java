package io.apitwo.rules;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A value of a document, with its place. */
sealed interface Node {
  Place place();

  /** As problems show it. */
  String shown();

  /**
   * A single value as it is written, without quotes; they are shown where it would mean something
   * else without them.
   */
  record Scalar(Place place, String text, Kind kind) implements Node {
    @Override
    public String shown() {
      String shown = Excerpt.of(text);
      if (text.isEmpty()) {
        return kind == Kind.NULL ? "nothing" : shown;
      }
      return kind == Kind.STRING && Kind.ofPlain(text) != Kind.STRING ? "\"" + shown + "\"" : shown;
    }
  }

  record Sequence(Place place, List<Node> items) implements Node {
    @Override
    public String shown() {
      return items.isEmpty() ? "an empty list" : "a list";
    }
  }

  record Mapping(Place place, Map<String, Entry> entries) implements Node {
    @Override
    public String shown() {
      return entries.isEmpty() ? "an empty mapping" : "a mapping";
    }
  }

  /** A value that was refused already: whoever reads it stays silent. */
  record Refused(Place place) implements Node {
    @Override
    public String shown() {
      return "";
    }
  }

  /** A key's place and its value. */
  record Entry(Place key, Node value) {}

  /** What a scalar is, by the rules of the YAML 1.2 core schema. */
  enum Kind {
    STRING,
    /** Without a plus sign or leading zeros, which YAML versions read differently. */
    INTEGER,
    /** Any other number. */
    NUMBER,
    BOOLEAN,
    NULL,
    /** From an environment variable: whatever its reader wants. */
    UNTYPED;

    private static final Pattern AN_INTEGER = Pattern.compile("-?(0|[1-9][0-9]*)");
    private static final Pattern A_NUMBER =
        Pattern.compile(
            "[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
                + "|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");

    /** Of a scalar without quotes. */
    static Kind ofPlain(String text) {
      return switch (text) {
        case "", "~", "null", "Null", "NULL" -> NULL;
        case "true", "True", "TRUE", "false", "False", "FALSE" -> BOOLEAN;
        default -> {
          if (AN_INTEGER.matcher(text).matches()) {
            yield INTEGER;
          }
          yield A_NUMBER.matcher(text).matches() ? NUMBER : STRING;
        }
      };
    }
  }
}
