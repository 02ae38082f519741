package io.apitwo.rules;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A mapping as its reader sees it. The keys that were asked for are the known ones: {@link #end}
 * refuses all others.
 */
final class Fields {
  private final Reading reading;
  private final Place place;
  private final Map<String, Node.Entry> entries;
  private final Set<String> known = new LinkedHashSet<>();

  Fields(Reading reading, Place place, Map<String, Node.Entry> entries) {
    this.reading = reading;
    this.place = place;
    this.entries = entries;
  }

  /** The value of a key, or the environment's instead. */
  Field at(String key) {
    Field field = inDocument(key);
    Node.Scalar override = reading.overrides().of(field.place());
    return override == null ? field : new Field(reading, override.place(), override);
  }

  /** What the environment says under a name of its own, whatever mapping this is. */
  Field variable(String name) {
    return new Field(reading, Overrides.place(name), reading.overrides().variable(name));
  }

  /** The mapping under a key; an empty one where there is none. */
  Fields section(String key) {
    Field field = inDocument(key);
    Fields fields = field.fields("a mapping");
    return fields == null ? new Fields(reading, field.place(), Map.of()) : fields;
  }

  private Field inDocument(String key) {
    known.add(key);
    Node.Entry entry = entries.get(key);
    return entry == null
        ? new Field(reading, place.missing(key), null)
        : new Field(reading, entry.value().place(), entry.value());
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Whether there is a key that nobody asked for so far. */
  boolean isUnknown() {
    return !known.containsAll(entries.keySet());
  }

  /** The values of a mapping whose keys are names that the document gives. */
  List<Field> named(Set<String> reserved) {
    return entries.entrySet().stream().map(e -> named(e.getKey(), e.getValue(), reserved)).toList();
  }

  /** The values of a mapping whose keys are texts of another kind. */
  Map<String, Field> keyed(Predicate<String> isKey, String expected) {
    Map<String, Field> fields = new LinkedHashMap<>();
    entries.forEach(
        (key, entry) -> {
          if (!isKey.test(key)) {
            reading.problems().add(entry.key(), Excerpt.of(key), expected + " as key");
          }
          fields.put(key, new Field(reading, entry.value().place(), entry.value()));
        });
    return fields;
  }

  private Field named(String name, Node.Entry entry, Set<String> reserved) {
    if (!Syntax.isName(name)) {
      reading.problems().add(entry.key(), Excerpt.of(name), Syntax.A_NAME + " as key");
    } else if (reserved.contains(name)) {
      String expected = "another name: " + String.join(", ", reserved) + " are reserved";
      reading.problems().add(entry.key(), name, expected);
    }
    return new Field(reading, entry.value().place(), entry.value());
  }

  /** Refuses every key that nobody asked for. */
  void end() {
    entries.forEach(
        (key, entry) -> {
          if (!known.contains(key)) {
            reading.problems().add(entry.key(), "an unknown key", Spelling.oneOf(key, known));
          }
        });
  }
}
