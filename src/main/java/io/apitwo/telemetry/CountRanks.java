package io.apitwo.telemetry;

import java.util.Arrays;

/**
 * Places in the order of their counts, each count a rank with the places that have it: the
 * Stream-Summary of Space-Saving. One more for a place, and one of the least: each a few steps,
 * however many there are, and no allocation. Confined to one thread.
 */
final class CountRanks {
  private static final int NONE = -1;

  private final int[] rankOf; // a place's
  private final int[] before; // the neighbours of a place in its rank
  private final int[] after;
  private final long[] count; // a rank's
  private final int[] first; // a place of a rank
  private final int[] lower; // the neighbours of a rank
  private final int[] higher;
  private int least = NONE;
  private int free; // unused ranks, linked by higher

  CountRanks(int places) {
    rankOf = new int[places];
    before = new int[places];
    after = new int[places];
    count = new long[places + 1]; // one more while a place is on its way
    first = new int[places + 1];
    lower = new int[places + 1];
    higher = new int[places + 1];
    clear();
  }

  /** No place has a count. */
  void clear() {
    Arrays.setAll(higher, rank -> rank + 1 < higher.length ? rank + 1 : NONE);
    free = 0;
    least = NONE;
  }

  long countOf(int place) {
    return count[rankOf[place]];
  }

  /** The least count; there has to be one. */
  long leastCount() {
    return count[least];
  }

  /** A place that has the least count; there has to be one. */
  int leastPlace() {
    return first[least];
  }

  /** A place that had none has 1. */
  void begin(int place) {
    if (least == NONE || count[least] > 1) {
      least = rank(1, NONE, least);
    }
    join(place, least);
  }

  /** A place has one more. */
  void increment(int place) {
    int from = rankOf[place];
    long next = count[from] + 1;
    int to = higher[from];
    boolean taken = to != NONE && count[to] == next;
    if (!taken && first[from] == place && after[place] == NONE) {
      count[from] = next; // it was alone
      return;
    }
    int target = taken ? to : rank(next, from, to);
    leave(place, from);
    join(place, target);
  }

  private int rank(long counts, int below, int above) {
    int rank = free;
    free = higher[rank];
    count[rank] = counts;
    first[rank] = NONE;
    lower[rank] = below;
    higher[rank] = above;
    if (below != NONE) {
      higher[below] = rank;
    }
    if (above != NONE) {
      lower[above] = rank;
    }
    return rank;
  }

  private void join(int place, int rank) {
    int second = first[rank];
    rankOf[place] = rank;
    before[place] = NONE;
    after[place] = second;
    if (second != NONE) {
      before[second] = place;
    }
    first[rank] = place;
  }

  private void leave(int place, int rank) {
    if (before[place] == NONE) {
      first[rank] = after[place];
    } else {
      after[before[place]] = after[place];
    }
    if (after[place] != NONE) {
      before[after[place]] = before[place];
    }
    if (first[rank] == NONE) {
      drop(rank);
    }
  }

  private void drop(int rank) {
    if (lower[rank] == NONE) {
      least = higher[rank];
    } else {
      higher[lower[rank]] = higher[rank];
    }
    if (higher[rank] != NONE) {
      lower[higher[rank]] = lower[rank];
    }
    higher[rank] = free;
    free = rank;
  }
}
