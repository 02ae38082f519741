package io.apitwo.rules;

import io.apitwo.rules.Node.Kind;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Writes values of documents on one line: as JSON, or as YAML with as few quotes as it takes. */
final class JsonText {
  private static final Pattern JSON_NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");

  private final boolean quotes;
  private final StringBuilder text = new StringBuilder();

  private JsonText(boolean quotes) {
    this.quotes = quotes;
  }

  /** As JSON; numbers that JSON cannot write become strings. */
  static String json(Node node) {
    return new JsonText(true).write(node).text.toString();
  }

  /** As YAML in its flow style. */
  static String yaml(Node node) {
    return new JsonText(false).write(node).text.toString();
  }

  /**
   * A key.
   *
   * @param quotes whether it has quotes even if it needs none
   */
  static String key(String name, boolean quotes) {
    return new JsonText(quotes).string(name).text.toString();
  }

  private JsonText write(Node node) {
    if (node instanceof Node.Scalar scalar) {
      return scalar(scalar);
    }
    if (node instanceof Node.Sequence sequence) {
      text.append('[');
      String between = "";
      for (Node item : sequence.items()) {
        text.append(between);
        write(item);
        between = ", ";
      }
      text.append(']');
      return this;
    }
    if (node instanceof Node.Mapping mapping) {
      text.append('{');
      String between = quotes || mapping.entries().isEmpty() ? "" : " ";
      String end = between;
      for (Map.Entry<String, Node.Entry> entry : mapping.entries().entrySet()) {
        text.append(between);
        string(entry.getKey());
        text.append(": ");
        write(entry.getValue().value());
        between = ", ";
      }
      text.append(end).append('}');
      return this;
    }
    throw new IllegalStateException("a refused value is not written");
  }

  private JsonText scalar(Node.Scalar scalar) {
    Kind kind = scalar.kind();
    if (kind == Kind.NULL) {
      text.append("null");
    } else if (kind == Kind.BOOLEAN) {
      text.append(scalar.text().toLowerCase(Locale.ROOT));
    } else if (kind == Kind.INTEGER
        || (kind == Kind.NUMBER && JSON_NUMBER.matcher(scalar.text()).matches())) {
      text.append(scalar.text());
    } else {
      string(scalar.text());
    }
    return this;
  }

  private JsonText string(String value) {
    if (!quotes && Syntax.isName(value) && Kind.ofPlain(value) == Kind.STRING) {
      text.append(value);
      return this;
    }
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"', '\\' -> text.append('\\').append(c);
        case '\n' -> text.append("\\n");
        case '\t' -> text.append("\\t");
        default -> {
          if (c < ' '
              || (c >= 0x7f && c <= 0xa0)
              || c == '\u2028'
              || c == '\u2029'
              || c == '\ufeff') {
            text.append("\\u%04x".formatted((int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
    return this;
  }
}
