package io.apitwo.rules;

import java.util.List;

/** A part of a document that knows where it stands. */
sealed interface Element {
  Place place();

  /** Where: file, line and column (from 1; 0 unknown) and the path of keys. */
  record Place(String file, int line, int column, String path) {}

  /** One key of a mapping. */
  record Field(String name, Place place, Element value) {}

  record Mapping(Place place, List<Field> fields) implements Element {}

  record Sequence(Place place, List<Element> items) implements Element {}

  /**
   * @param quoted whether it is a string for sure, whatever it looks like
   */
  record Scalar(Place place, String text, boolean quoted) implements Element {}

  /** How a message calls it. */
  default String inWords() {
    if (this instanceof Scalar scalar) {
      return scalar.text().isEmpty() && !scalar.quoted() ? "nothing" : scalar.text();
    }
    return this instanceof Mapping ? "a mapping" : "a list";
  }
}
