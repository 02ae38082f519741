package io.apitwo.count;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Whose words are due, by lane, in the order in which they became due. Confined to one thread. */
final class RedisDue {
  private final Map<Integer, Set<RedisHolding>> lanes = new HashMap<>();

  void add(RedisHolding holding) {
    lanes.computeIfAbsent(holding.lane, none -> new LinkedHashSet<>()).add(holding);
  }

  void remove(RedisHolding holding) {
    Set<RedisHolding> due = lanes.get(holding.lane);
    if (due != null) {
      due.remove(holding);
    }
  }

  /** The lanes that words are due in. */
  Set<Integer> lanes() {
    Set<Integer> some = new TreeSet<>();
    lanes.forEach(
        (lane, due) -> {
          if (!due.isEmpty()) {
            some.add(lane);
          }
        });
    return some;
  }

  /** Those that have waited longest, at most so many; they are due no more. */
  List<RedisHolding> take(int lane, int most) {
    List<RedisHolding> taken = new ArrayList<>();
    Iterator<RedisHolding> first = lanes.getOrDefault(lane, Set.of()).iterator();
    while (first.hasNext() && taken.size() < most) {
      taken.add(first.next());
      first.remove();
    }
    return taken;
  }

  List<RedisHolding> all() {
    List<RedisHolding> all = new ArrayList<>();
    lanes.values().forEach(all::addAll);
    return all;
  }
}
