package io.apitwo.rules;

import org.jspecify.annotations.Nullable;

/**
 * Where a value stands: its position, and the way to it from the document's root. The path is put
 * together only when a problem is reported, so that long keys cost nothing while reading.
 *
 * @param parent null at the root
 * @param segment a key, {@code [INDEX]}, or at the root the document's name
 * @param line from 1; 0 where there is none
 * @param column from 1; 0 where there is none
 */
record Place(@Nullable Place parent, String segment, int line, int column) {
  static Place root(String file, int line, int column) {
    return new Place(null, file, line, column);
  }

  Place at(String key, int line, int column) {
    return new Place(this, key, line, column);
  }

  Place at(int index, int line, int column) {
    return new Place(this, "[" + index + "]", line, column);
  }

  /** A key that is not there: it has its mapping's position. */
  Place missing(String key) {
    return new Place(this, key, line, column);
  }

  String file() {
    Place place = this;
    while (place.parent != null) {
      place = place.parent;
    }
    return place.segment;
  }

  /** {@code limits.default.windows.minute}; empty at the root. */
  String path() {
    if (parent == null) {
      return "";
    }
    String before = parent.path();
    String after = Excerpt.of(segment);
    return before.isEmpty() || segment.startsWith("[") ? before + after : before + "." + after;
  }
}
