package io.apitwo.rules;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A document that is refused whole, with everything that is wrong with it. Carries no stack trace.
 */
public final class InvalidDocumentException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /**
   * @param problems in the order of the document; at least one
   */
  public InvalidDocumentException(List<Problem> problems) {
    super(
        problems.stream().map(Problem::toString).collect(Collectors.joining("\n")),
        null,
        false,
        false);
    this.problems = List.copyOf(problems);
  }

  public List<Problem> problems() {
    return problems;
  }
}
