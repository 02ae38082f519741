package io.apitwo.rules;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads typed values out of one mapping. What is wrong becomes a problem at its place and a
 * stand-in value, so that reading goes on; nobody uses the values of a document with problems.
 */
final class Reader {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final Map<String, Long> UNIT_MILLIS =
      Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,62}");
  static final String NAME_EXPECTED =
      "1 to 63 letters, digits, - and _, beginning with a letter or digit";

  private final Problems problems;
  private final Interpolation interpolation;
  private final Element.Place place;
  private final Map<String, Element> fields = new HashMap<>();

  /** Of a mapping whose keys are known; others are problems. */
  Reader(Element element, Set<String> known, Problems problems, Interpolation interpolation) {
    this.problems = problems;
    this.interpolation = interpolation;
    this.place = element.place();
    if (element instanceof Element.Mapping mapping) {
      for (Element.Field field : mapping.fields()) {
        if (known.contains(field.name())) {
          fields.put(field.name(), field.value());
        } else {
          problems.add(field.place(), "unknown key", "one of " + inOrder(known));
        }
      }
    } else if (!isNothing(element)) {
      problems.add(place, element.inWords(), "a mapping");
    }
  }

  private static String inOrder(Set<String> known) {
    return known.stream().sorted().collect(Collectors.joining(", "));
  }

  static boolean isNothing(@Nullable Element element) {
    return element == null
        || (element instanceof Element.Scalar scalar
            && !scalar.quoted()
            && (scalar.text().isEmpty()
                || scalar.text().equals("null")
                || scalar.text().equals("~")));
  }

  Element.Place place() {
    return place;
  }

  boolean has(String key) {
    return !isNothing(fields.get(key));
  }

  /** The element at a key; null when absent. */
  @Nullable Element get(String key) {
    Element element = fields.get(key);
    return isNothing(element) ? null : element;
  }

  /** Where a key's value stands, or the mapping where it is absent. */
  Element.Place placeOf(String key) {
    Element element = fields.get(key);
    return element == null ? place : element.place();
  }

  void problem(String key, String expected) {
    Element element = fields.get(key);
    if (element == null) {
      String path = place.path().isEmpty() ? key : place.path() + "." + key;
      problems.add(place.file(), place.line(), place.column(), path, "nothing", expected);
    } else {
      problems.add(element.place(), element.inWords(), expected);
    }
  }

  /** A nested mapping, empty where absent. */
  Reader mapping(String key, Set<String> known) {
    Element element = get(key);
    Element present = element == null ? new Element.Mapping(placeOf(key), List.of()) : element;
    return new Reader(present, known, problems, interpolation);
  }

  /** The fields of a mapping with free names, each of them checked to be a name. */
  List<Element.Field> named(String key) {
    Element element = get(key);
    if (element == null) {
      return List.of();
    }
    if (!(element instanceof Element.Mapping mapping)) {
      problem(key, "a mapping of names");
      return List.of();
    }
    List<Element.Field> named = new ArrayList<>();
    for (Element.Field field : mapping.fields()) {
      if (NAME.matcher(field.name()).matches()) {
        named.add(field);
      } else {
        problems.add(field.place(), field.name(), NAME_EXPECTED);
      }
    }
    return named;
  }

  /** The items of a list; empty where absent. */
  List<Element> list(String key) {
    Element element = get(key);
    if (element == null) {
      return List.of();
    }
    if (element instanceof Element.Sequence sequence) {
      return sequence.items();
    }
    problem(key, "a list");
    return List.of();
  }

  /** A list of strings, each turned into a value; null from {@code parse} is a problem. */
  <T> List<T> strings(String key, String expected, Function<String, @Nullable T> parse) {
    List<T> values = new ArrayList<>();
    for (Element item : list(key)) {
      String text = text(item, expected);
      T value = text == null ? null : parse.apply(text);
      if (value != null) {
        values.add(value);
      } else if (text != null) {
        problems.add(item.place(), item.inWords(), expected);
      }
    }
    return values;
  }

  private @Nullable String text(Element element, String expected) {
    if (element instanceof Element.Scalar scalar && !isNothing(scalar)) {
      return interpolation.fill(scalar);
    }
    problems.add(element.place(), element.inWords(), expected);
    return null;
  }

  @Nullable String string(String key, String expected) {
    Element element = get(key);
    return element == null ? null : text(element, expected);
  }

  String string(String key, String fallback, String expected) {
    String text = string(key, expected);
    return text == null ? fallback : text;
  }

  /**
   * A string that must be there and that {@code parse} must understand; else the fallback and a
   * problem.
   */
  <T> T value(String key, T fallback, String expected, Function<String, @Nullable T> parse) {
    String text = string(key, expected);
    if (text == null) {
      return fallback;
    }
    T value = parse.apply(text);
    if (value == null) {
      problem(key, expected);
      return fallback;
    }
    return value;
  }

  long integer(String key, long fallback, long least, long most) {
    return value(
        key, fallback, "an integer from " + least + " to " + most, t -> integer(t, least, most));
  }

  private static @Nullable Long integer(String text, long least, long most) {
    if (!text.matches("-?(0|[1-9]\\d{0,17})")) {
      return null;
    }
    long value = Long.parseLong(text);
    return value < least || value > most ? null : value;
  }

  boolean bool(String key, boolean fallback) {
    return value(
        key,
        fallback,
        "true or false",
        text -> text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null);
  }

  /** One of the constants of an enum, written in lower case. */
  <E extends Enum<E>> E choice(String key, E fallback) {
    Class<E> type = fallback.getDeclaringClass();
    List<String> words = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      words.add(constant.name().toLowerCase(Locale.ROOT));
    }
    return value(
        key,
        fallback,
        "one of " + String.join(", ", words),
        text -> words.contains(text) ? type.getEnumConstants()[words.indexOf(text)] : null);
  }

  Duration duration(String key, Duration fallback, Duration least, Duration most) {
    String expected =
        "a duration such as 50ms, 20s or 5m, from " + inWords(least) + " to " + inWords(most);
    return value(
        key,
        fallback,
        expected,
        text -> {
          Matcher matcher = DURATION.matcher(text);
          if (!matcher.matches()) {
            return null;
          }
          Duration value =
              Duration.ofMillis(
                  Long.parseLong(matcher.group(1)) * UNIT_MILLIS.get(matcher.group(2)));
          return value.compareTo(least) < 0 || value.compareTo(most) > 0 ? null : value;
        });
  }

  private static String inWords(Duration duration) {
    long millis = duration.toMillis();
    for (String unit : List.of("h", "m", "s")) {
      if (millis > 0 && millis % UNIT_MILLIS.get(unit) == 0) {
        return millis / UNIT_MILLIS.get(unit) + unit;
      }
    }
    return millis + "ms";
  }
}
