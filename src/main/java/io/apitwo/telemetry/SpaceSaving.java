package io.apitwo.telemetry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The most frequent of many keys in the memory of a few: Space-Saving (A. Metwally, D. Agrawal, A.
 * El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", ICDT 2005). A
 * key that finds no room takes the place of the least frequent one, with its count. After n
 * additions to k places no count is more than n / k too high, none is too low, and no key that came
 * more often than n / k is missing.
 *
 * <p>An addition allocates nothing: places are found in a hash table with linear probing, the least
 * frequent one at the top of a heap. Confined to one thread.
 */
final class SpaceSaving {
  private final @Nullable String[] keys;
  private final long[] counts;
  private final long[] errors;
  private final int[] heap; // places, the least count first
  private final int[] position; // of a place in the heap
  private final int[] table; // places, each one higher; 0 for none
  private int size;

  /**
   * @param places how many keys are told apart; a power of two
   */
  SpaceSaving(int places) {
    if (Integer.bitCount(places) != 1) {
      throw new IllegalArgumentException("places: " + places + " (expected: a power of two)");
    }
    keys = new String[places];
    counts = new long[places];
    errors = new long[places];
    heap = new int[places];
    position = new int[places];
    table = new int[4 * places];
  }

  /** Counts a key once. */
  void add(String key) {
    int slot = slot(key);
    int place = table[slot] - 1;
    if (place < 0) {
      place = size < keys.length ? size : heap[0];
      if (place == size) {
        heap[size] = place;
        position[place] = size++;
      } else {
        remove(slot(at(place)));
        errors[place] = counts[place];
        slot = slot(key);
      }
      keys[place] = key;
      table[slot] = place + 1;
      if (counts[place] == 0) {
        siftUp(position[place]);
      }
    }
    counts[place]++;
    siftDown(position[place]);
  }

  private String at(int place) {
    String key = keys[place];
    if (key == null) {
      throw new IllegalStateException("nothing at " + place);
    }
    return key;
  }

  /** Where a key is in the table, or would be. */
  private int slot(String key) {
    int slot = home(key);
    while (table[slot] != 0 && !at(table[slot] - 1).equals(key)) {
      slot = slot + 1 & table.length - 1;
    }
    return slot;
  }

  private int home(String key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return (hash ^ hash >>> 16) & table.length - 1;
  }

  /** Closes the gap (Knuth, The Art of Computer Programming 3, 6.4, algorithm R). */
  private void remove(int slot) {
    int gap = slot;
    table[gap] = 0;
    for (int next = gap + 1 & table.length - 1;
        table[next] != 0;
        next = next + 1 & table.length - 1) {
      int home = home(at(table[next] - 1));
      boolean reachable = gap <= next ? gap < home && home <= next : gap < home || home <= next;
      if (!reachable) {
        table[gap] = table[next];
        table[next] = 0;
        gap = next;
      }
    }
  }

  private void siftUp(int from) {
    int at = from;
    while (at > 0 && counts[heap[at]] < counts[heap[(at - 1) / 2]]) {
      swap(at, (at - 1) / 2);
      at = (at - 1) / 2;
    }
  }

  private void siftDown(int from) {
    int at = from;
    while (true) {
      int least = at;
      for (int child = 2 * at + 1; child <= 2 * at + 2 && child < size; child++) {
        least = counts[heap[child]] < counts[heap[least]] ? child : least;
      }
      if (least == at) {
        return;
      }
      swap(at, least);
      at = least;
    }
  }

  private void swap(int one, int other) {
    int place = heap[one];
    heap[one] = heap[other];
    heap[other] = place;
    position[heap[one]] = one;
    position[heap[other]] = other;
  }

  /** What is known now, the most frequent first. */
  Heard heard() {
    List<Frequent> all = new ArrayList<>(size);
    for (int place = 0; place < size; place++) {
      all.add(new Frequent(at(place), counts[place], errors[place]));
    }
    all.sort(Frequent.FIRST);
    return new Heard(all, size < keys.length ? 0 : counts[heap[0]]);
  }

  /** Forgets everything. */
  void clear() {
    Arrays.fill(keys, null);
    Arrays.fill(counts, 0);
    Arrays.fill(errors, 0);
    Arrays.fill(table, 0);
    size = 0;
  }

  /**
   * What one of them knows.
   *
   * @param most how often a key may have come that is not among them
   */
  record Heard(List<Frequent> frequent, long most) {
    static final Heard NOTHING = new Heard(List.of(), 0);
  }
}
