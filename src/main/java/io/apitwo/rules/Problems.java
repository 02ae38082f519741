package io.apitwo.rules;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong with one document while it is read. */
final class Problems {
  /** More than anybody reads; keeps the report of a hostile document small. */
  private static final int MOST_REPORTED = 1_000;

  private final List<Fault> faults = new ArrayList<>();

  private record Fault(Place place, String value, String expected) {
    /** Those without a position come last. */
    int line() {
      return place.line() == 0 ? Integer.MAX_VALUE : place.line();
    }

    int column() {
      return place.column();
    }

    Problem toProblem() {
      return new Problem(place.file(), place.line(), place.column(), place.path(), value, expected);
    }
  }

  void add(Place place, String value, String expected) {
    faults.add(new Fault(place, value, expected));
  }

  /** Fails if there is any problem. */
  void check() throws InvalidDocumentException {
    if (!faults.isEmpty()) {
      throw refusal();
    }
  }

  /** For what makes reading on pointless. */
  InvalidDocumentException fatal(Place place, String value, String expected) {
    add(place, value, expected);
    return refusal();
  }

  private InvalidDocumentException refusal() {
    return new InvalidDocumentException(
        faults.stream()
            .sorted(Comparator.comparingInt(Fault::line).thenComparingInt(Fault::column))
            .limit(MOST_REPORTED)
            .map(Fault::toProblem)
            .toList());
  }
}
