package io.apitwo.telemetry;

import io.apitwo.telemetry.SpaceSaving.Heard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What rules on trial would have done differently with the requests of one event loop, by the limit
 * that is why, and by client. At most {@value #MOST_CAUSES} causes and {@value #PLACES} clients of
 * each are told apart. Confined to one event loop; {@link Seen} is for any thread.
 */
public final class TrialTally {
  static final int MOST_CAUSES = 64;
  private static final int PLACES = 128;

  private final Map<String, Changed> byCause = new HashMap<>();
  private long alike;
  private long refused;
  private long passed;
  private long unknown;

  private static final class Changed {
    private final SpaceSaving refused = new SpaceSaving(PLACES);
    private final SpaceSaving passed = new SpaceSaving(PLACES);
    private long refusals;
    private long passes;
  }

  /** Both would do the same with a request. */
  public void alike() {
    alike++;
  }

  /** Nobody knows what the rules on trial would have done. */
  public void unknown() {
    unknown++;
  }

  /** A request that passes would be refused. */
  public void wouldRefuse() {
    refused++;
  }

  /** A request that is refused would pass. */
  public void wouldPass() {
    passed++;
  }

  /**
   * Why a request is treated differently.
   *
   * @param cause a limit's name, or a word in brackets
   * @param refuses whether it is the trial that refuses
   */
  public void because(String cause, String client, boolean refuses) {
    Changed changed = byCause.get(cause);
    if (changed == null) {
      if (byCause.size() >= MOST_CAUSES) {
        return;
      }
      changed = new Changed();
      byCause.put(cause, changed);
    }
    if (refuses) {
      changed.refusals++;
      changed.refused.add(client);
    } else {
      changed.passes++;
      changed.passed.add(client);
    }
  }

  /** Begins anew. */
  public void clear() {
    byCause.clear();
    alike = 0;
    refused = 0;
    passed = 0;
    unknown = 0;
  }

  /** What was counted. */
  public Seen seen() {
    List<SeenCause> causes = new ArrayList<>();
    byCause.forEach(
        (cause, changed) ->
            causes.add(
                new SeenCause(
                    cause,
                    changed.refusals,
                    changed.passes,
                    changed.refused.heard(),
                    changed.passed.heard())));
    return new Seen(alike, refused, passed, unknown, causes);
  }

  private record SeenCause(String cause, long refusals, long passes, Heard refused, Heard passed) {}

  /** What one loop has counted; immutable. */
  public static final class Seen {
    private final long alike;
    private final long refused;
    private final long passed;
    private final long unknown;
    private final List<SeenCause> causes;

    private Seen(long alike, long refused, long passed, long unknown, List<SeenCause> causes) {
      this.alike = alike;
      this.refused = refused;
      this.passed = passed;
      this.unknown = unknown;
      this.causes = List.copyOf(causes);
    }
  }

  /**
   * What several loops have counted together.
   *
   * @param most how many clients of each cause
   */
  public static TrialDiff together(List<Seen> loops, int most) {
    long[] sums = new long[4];
    Map<String, List<SeenCause>> byCause = new TreeMap<>();
    for (Seen loop : loops) {
      sums[0] += loop.alike;
      sums[1] += loop.refused;
      sums[2] += loop.passed;
      sums[3] += loop.unknown;
      for (SeenCause each : loop.causes) {
        byCause.computeIfAbsent(each.cause, first -> new ArrayList<>()).add(each);
      }
    }
    List<TrialDiff.Cause> causes = new ArrayList<>();
    byCause.forEach((cause, all) -> causes.add(cause(cause, all, most)));
    return new TrialDiff(sums[0], sums[1], sums[2], sums[3], causes);
  }

  private static TrialDiff.Cause cause(String cause, List<SeenCause> all, int most) {
    return new TrialDiff.Cause(
        cause,
        all.stream().mapToLong(SeenCause::refusals).sum(),
        all.stream().mapToLong(SeenCause::passes).sum(),
        Frequent.merge(all.stream().map(SeenCause::refused).toList(), most),
        Frequent.merge(all.stream().map(SeenCause::passed).toList(), most));
  }
}
