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
 * frequent one by {@link CountRanks}. Confined to one thread.
 */
final class SpaceSaving {
  private final @Nullable String[] keys;
  private final int[] hashes;
  private final long[] errors;
  private final CountRanks ranks;
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
    hashes = new int[places];
    errors = new long[places];
    ranks = new CountRanks(places);
    table = new int[4 * places];
  }

  /** Counts a key once. */
  void add(String key) {
    int hash = spread(key.hashCode());
    int slot = slot(key, hash);
    int known = table[slot] - 1;
    if (known >= 0) {
      ranks.increment(known);
    } else if (size < keys.length) {
      put(key, hash, slot, size);
      ranks.begin(size++);
    } else {
      int place = ranks.leastPlace();
      errors[place] = ranks.leastCount();
      remove(place);
      put(key, hash, slot(key, hash), place);
      ranks.increment(place);
    }
  }

  private static int spread(int hash) {
    int spread = hash * 0x9E3779B9;
    return spread ^ spread >>> 16;
  }

  private void put(String key, int hash, int slot, int place) {
    keys[place] = key;
    hashes[place] = hash;
    table[slot] = place + 1;
  }

  private String at(int place) {
    String key = keys[place];
    if (key == null) {
      throw new IllegalStateException("nothing at " + place);
    }
    return key;
  }

  private int next(int slot) {
    return slot + 1 & table.length - 1;
  }

  /** Where a key is in the table, or would be. */
  private int slot(String key, int hash) {
    int slot = hash & table.length - 1;
    while (table[slot] != 0) {
      int place = table[slot] - 1;
      if (hashes[place] == hash && at(place).equals(key)) {
        return slot;
      }
      slot = next(slot);
    }
    return slot;
  }

  /** Closes the gap (Knuth, The Art of Computer Programming 3, 6.4, algorithm R). */
  private void remove(int place) {
    int gap = hashes[place] & table.length - 1;
    while (table[gap] != place + 1) {
      gap = next(gap);
    }
    table[gap] = 0;
    for (int slot = next(gap); table[slot] != 0; slot = next(slot)) {
      int home = hashes[table[slot] - 1] & table.length - 1;
      boolean stays = gap <= slot ? gap < home && home <= slot : gap < home || home <= slot;
      if (!stays) {
        table[gap] = table[slot];
        table[slot] = 0;
        gap = slot;
      }
    }
  }

  /** What is known now, the most frequent first. */
  Heard heard() {
    List<Frequent> all = new ArrayList<>(size);
    for (int place = 0; place < size; place++) {
      all.add(new Frequent(at(place), ranks.countOf(place), errors[place]));
    }
    all.sort(Frequent.FIRST);
    return new Heard(all, size < keys.length ? 0 : ranks.leastCount());
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Forgets everything. */
  void clear() {
    Arrays.fill(keys, null);
    Arrays.fill(errors, 0);
    Arrays.fill(table, 0);
    ranks.clear();
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
