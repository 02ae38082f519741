package io.apitwo.telemetry;

import io.apitwo.telemetry.SpaceSaving.Heard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The clients with the most requests, and with the most refusals, of each limit on one event loop,
 * over the last one to two minutes ({@link #turn}). At most {@value #MOST_LIMITS} limits that have
 * requests are watched, {@value #PLACES} clients each; a client takes about 40 bytes, and what was
 * never refused takes nothing for refusals. Confined to one event loop; {@link Seen} is for any
 * thread.
 */
public final class TopClients {
  /** How many clients can be asked for. */
  public static final int PLACES = 256;

  static final int MOST_LIMITS = 64;

  private final Map<String, OfLimit> byLimit = new HashMap<>();
  private Set<String> leftOut = new HashSet<>();
  private Set<String> leftOutBefore = Set.of();

  /** What is counted. */
  public enum By {
    REQUESTS,
    REFUSED
  }

  /** One limit's clients. */
  static final class OfLimit {
    private SpaceSaving requests = new SpaceSaving(PLACES);
    private SpaceSaving requestsBefore = new SpaceSaving(PLACES);
    private @Nullable SpaceSaving refused;
    private @Nullable SpaceSaving refusedBefore;

    void requested(String client) {
      requests.add(client);
    }

    void refused(String client) {
      if (refused == null) {
        refused = new SpaceSaving(PLACES);
      }
      refused.add(client);
    }

    /** Whether there was a request since the turn before. */
    private boolean turn() {
      SpaceSaving older = requestsBefore;
      older.clear();
      requestsBefore = requests;
      requests = older;
      refusedBefore = refused;
      refused = null;
      return !requestsBefore.isEmpty();
    }

    private List<Heard> heard(By by) {
      return by == By.REQUESTS
          ? List.of(requests.heard(), requestsBefore.heard())
          : List.of(heard(refused), heard(refusedBefore));
    }

    private static Heard heard(@Nullable SpaceSaving counted) {
      return counted == null ? Heard.NOTHING : counted.heard();
    }
  }

  /**
   * The most frequent clients.
   *
   * @param byLimit the most frequent first
   * @param leftOut limits of which some requests were not watched, in order
   */
  public record Top(Map<String, List<Frequent>> byLimit, List<String> leftOut) {
    /** Nobody was seen. */
    public static final Top NOBODY = new Top(Map.of(), List.of());
  }

  /** What a loop has seen; immutable. */
  public static final class Seen {
    private final Map<String, List<Heard>> heard;
    private final Set<String> leftOut;

    private Seen(Map<String, List<Heard>> heard, Set<String> leftOut) {
      this.heard = heard;
      this.leftOut = leftOut;
    }

    /**
     * What several loops have seen.
     *
     * @param most how many clients of each limit
     */
    public static Top together(List<Seen> loops, int most) {
      Map<String, List<Heard>> all = new TreeMap<>();
      Set<String> leftOut = new TreeSet<>();
      for (Seen loop : loops) {
        leftOut.addAll(loop.leftOut);
        loop.heard.forEach(
            (limit, some) -> all.computeIfAbsent(limit, first -> new ArrayList<>()).addAll(some));
      }
      Map<String, List<Frequent>> merged = new TreeMap<>();
      all.forEach((limit, some) -> merged.put(limit, Frequent.merge(some, most)));
      return new Top(merged, List.copyOf(leftOut));
    }
  }

  /** The counters of a limit until the next turn; null when too many others are watched. */
  @Nullable OfLimit of(String limit) {
    OfLimit known = byLimit.get(limit);
    if (known == null && byLimit.size() < MOST_LIMITS) {
      known = new OfLimit();
      byLimit.put(limit, known);
    } else if (known == null) {
      leftOut.add(limit);
    }
    return known;
  }

  /**
   * What is older than the last turn is forgotten; to be called every minute. A limit without
   * requests makes room for another one, so ask for {@link #of} again.
   */
  void turn() {
    byLimit.values().removeIf(limit -> !limit.turn());
    leftOutBefore = leftOut;
    leftOut = new HashSet<>();
  }

  /**
   * What was seen.
   *
   * @param limit null for all
   */
  Seen seen(@Nullable String limit, By by) {
    Map<String, List<Heard>> heard = new HashMap<>();
    byLimit.forEach(
        (name, each) -> {
          if (limit == null || limit.equals(name)) {
            heard.put(name, each.heard(by));
          }
        });
    Set<String> missing = new HashSet<>(leftOut);
    missing.addAll(leftOutBefore);
    missing.removeIf(name -> limit != null && !limit.equals(name));
    return new Seen(heard, missing);
  }
}
