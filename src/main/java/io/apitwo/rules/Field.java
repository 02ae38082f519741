package io.apitwo.rules;

import io.apitwo.rules.Node.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value that may be there, as its reader sees it. Whoever asks for it says what it must be; if it
 * is something else, that is a problem of the document and the answer is that of a missing value,
 * so that reading goes on to the next problem.
 */
final class Field {
  private static final String HIDDEN = "***";
  private static final Predicate<String> ALL = text -> true;
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[^{}]*}");

  private final Reading reading;
  private final Place place;
  private final @Nullable Node node;
  private final Predicate<String> shown;

  Field(Reading reading, Place place, @Nullable Node node) {
    this(reading, place, node, ALL);
  }

  private Field(Reading reading, Place place, @Nullable Node node, Predicate<String> shown) {
    this.reading = reading;
    this.place = place;
    this.node = node;
    this.shown = shown;
  }

  /** The same value, never shown in a problem unless it is just a placeholder. */
  Field secret() {
    return secretUnless(text -> false);
  }

  /** The same value, shown in a problem only if it is harmless or just a placeholder. */
  Field secretUnless(Predicate<String> harmless) {
    return new Field(reading, place, node, harmless);
  }

  Place place() {
    return place;
  }

  /** The key, for a value of a mapping. */
  String name() {
    return place.segment();
  }

  boolean given() {
    return node != null;
  }

  /** Reports this place, with a word for what is wrong there. */
  void refuse(String what, String expected) {
    reading.problems().add(place, what, expected);
  }

  /** Reports this value as wrong. */
  void refuse(String expected) {
    if (node == null) {
      reading.problems().add(place, "missing", expected);
    } else if (!(node instanceof Node.Refused)) {
      reading.problems().add(place, isHidden() ? HIDDEN : node.shown(), expected);
    }
  }

  /** A secret may be shown if it is nothing but the name of where it stands. */
  private boolean isHidden() {
    return node instanceof Node.Scalar scalar
        && !shown.test(scalar.text())
        && (scalar.kind() == Kind.UNTYPED || !PLACEHOLDER.matcher(scalar.text()).matches());
  }

  Field required(String expected) {
    if (node == null) {
      refuse(expected);
      return new Field(reading, place, new Node.Refused(place));
    }
    return this;
  }

  /** A word of the document's own: placeholders mean nothing in it. */
  <T> @Nullable T word(Function<String, @Nullable T> parse, String expected) {
    return node == null ? null : parsed(string(), parse, expected);
  }

  /** A word that may also be a plain number, which then needs no quotes. */
  <T> @Nullable T number(Function<String, @Nullable T> parse, String expected) {
    String text = node instanceof Node.Scalar scalar ? scalar.text() : null;
    return node == null ? null : parsed(text, parse, expected);
  }

  /** A text that may have several lines, in which placeholders mean nothing. */
  <T> @Nullable T lines(Function<String, @Nullable T> parse, String expected) {
    String text = node == null ? null : string();
    T value = text == null ? null : parse.apply(text);
    if (node != null && value == null) {
      refuse(expected);
    }
    return value;
  }

  /** A text, in which placeholders are filled. */
  <T> @Nullable T text(Function<String, @Nullable T> parse, String expected) {
    String text = node == null ? null : string();
    if (text != null && ((Node.Scalar) node).kind() == Kind.STRING) {
      try {
        text = reading.placeholders().fill(text);
      } catch (Placeholders.Unresolved e) {
        refuse(e.getMessage());
        return null;
      }
    }
    return node == null ? null : parsed(text, parse, expected);
  }

  private @Nullable String string() {
    return node instanceof Node.Scalar scalar
            && (scalar.kind() == Kind.STRING || scalar.kind() == Kind.UNTYPED)
        ? scalar.text()
        : null;
  }

  private <T> @Nullable T parsed(
      @Nullable String text, Function<String, @Nullable T> parse, String expected) {
    T value = text == null || Syntax.hasControls(text) ? null : parse.apply(text);
    if (value == null) {
      boolean lacksQuotes =
          text == null && node instanceof Node.Scalar s && parse.apply(s.text()) != null;
      refuse(lacksQuotes ? expected + "; put it in quotes" : expected);
    }
    return value;
  }

  long integer(long least, long most, long otherwise) {
    if (node == null) {
      return otherwise;
    }
    boolean isInteger =
        node instanceof Node.Scalar s && (s.kind() == Kind.INTEGER || s.kind() == Kind.UNTYPED);
    Long value = isInteger ? Syntax.integer(((Node.Scalar) node).text()) : null;
    if (value == null || value < least || value > most) {
      refuse("an integer from " + least + " to " + most);
      return otherwise;
    }
    return value;
  }

  boolean flag(boolean otherwise) {
    if (node == null) {
      return otherwise;
    }
    boolean isFlag =
        node instanceof Node.Scalar s && (s.kind() == Kind.BOOLEAN || s.kind() == Kind.UNTYPED);
    String text = isFlag ? ((Node.Scalar) node).text().toLowerCase(Locale.ROOT) : "";
    if (!text.equals("true") && !text.equals("false")) {
      refuse("true or false");
      return otherwise;
    }
    return text.equals("true");
  }

  Duration duration(Duration least, Duration most, Duration otherwise) {
    Duration value =
        text(
            text -> {
              Duration duration = Syntax.duration(text);
              return duration == null
                      || duration.compareTo(least) < 0
                      || duration.compareTo(most) > 0
                  ? null
                  : duration;
            },
            "a duration such as 50ms, 20s or 5m, from "
                + Syntax.written(least)
                + " to "
                + Syntax.written(most));
    return value == null ? otherwise : value;
  }

  /** One of a few words; a word that looks like a number needs no quotes. */
  <T extends @Nullable Object> T choice(Map<String, T> words, T otherwise) {
    if (node == null) {
      return otherwise;
    }
    String word = node instanceof Node.Scalar scalar ? scalar.text() : "";
    T value = words.get(word);
    if (value == null) {
      refuse(Spelling.oneOf(word, words.keySet()));
      return otherwise;
    }
    return value;
  }

  /** One of an enum's constants, in lower case. */
  <E extends Enum<E>> E choice(E otherwise) {
    E value = choice(otherwise.getDeclaringClass());
    return value == null ? otherwise : value;
  }

  /** One of an enum's constants, in lower case; null also for a wrong word. */
  <E extends Enum<E>> @Nullable E choice(Class<E> type) {
    Map<String, @Nullable E> words = new LinkedHashMap<>();
    for (E value : type.getEnumConstants()) {
      words.put(value.name().toLowerCase(Locale.ROOT), value);
    }
    return this.<@Nullable E>choice(words, null);
  }

  /** The values of a list; of a variable those between the commas. */
  List<Field> items(String expected) {
    List<Field> fields = new ArrayList<>();
    if (node instanceof Node.Sequence sequence) {
      sequence.items().forEach(item -> fields.add(new Field(reading, item.place(), item, shown)));
    } else if (node instanceof Node.Scalar scalar && scalar.kind() == Kind.UNTYPED) {
      for (String item : scalar.text().split(",", -1)) {
        Node.Scalar part = new Node.Scalar(place, item.strip(), Kind.UNTYPED);
        fields.add(new Field(reading, place, part, shown));
      }
    } else if (node != null) {
      refuse(expected);
    }
    return fields;
  }

  /** The values of a list that has at least one. */
  List<Field> someItems(String expected) {
    List<Field> items = items(expected);
    if (node instanceof Node.Sequence && items.isEmpty()) {
      refuse(expected);
    }
    return items;
  }

  /** The values of a list, or the one value that stands for a list of it; none if not given. */
  List<Field> itemOrItems() {
    return node instanceof Node.Scalar scalar && scalar.kind() != Kind.UNTYPED
        ? List.of(this)
        : someItems("a value, or a list of at least one");
  }

  /** Whether the value is a mapping, for where something else may stand too. */
  boolean isMapping() {
    return node instanceof Node.Mapping;
  }

  /** A mapping; null for anything else. */
  @Nullable Fields fields(String expected) {
    if (node instanceof Node.Mapping mapping) {
      return new Fields(reading, place, mapping.entries());
    }
    if (node != null) {
      refuse(expected);
    }
    return null;
  }
}
