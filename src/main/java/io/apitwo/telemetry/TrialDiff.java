package io.apitwo.telemetry;

import java.util.List;

/**
 * What rules on trial would have done differently.
 *
 * @param alike requests with which both do the same
 * @param wouldRefuse requests that pass and would be refused
 * @param wouldPass requests that are refused and would pass
 * @param unknown requests of which nobody knows
 */
public record TrialDiff(
    long alike, long wouldRefuse, long wouldPass, long unknown, List<Cause> causes) {
  public TrialDiff {
    causes = List.copyOf(causes);
  }

  /**
   * Why, and whom it concerns.
   *
   * @param name of a limit, or a word in brackets for what is no limit
   */
  public record Cause(
      String name,
      long wouldRefuse,
      long wouldPass,
      List<Frequent> refused,
      List<Frequent> passed) {}
}
