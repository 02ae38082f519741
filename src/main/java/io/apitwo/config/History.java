package io.apitwo.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The last entries of a document, in their order. Which of them a partitioned cluster has made in
 * vain is seen from the newest one, by following what each was made after.
 *
 * <p>For one thread.
 */
final class History {
  private final int most;
  private final TreeMap<RevisionId, Entry> entries = new TreeMap<>(Comparator.reverseOrder());

  /**
   * @param most how many entries are kept
   */
  History(int most) {
    this.most = most;
  }

  /** Returns whether it was not there. */
  boolean add(Entry entry) {
    boolean isNew = entries.putIfAbsent(entry.id(), entry) == null;
    while (entries.size() > most) {
      entries.pollLastEntry();
    }
    return isNew;
  }

  void addAll(Collection<Entry> more) {
    more.forEach(this::add);
  }

  @Nullable Entry newest() {
    return entries.isEmpty() ? null : entries.firstEntry().getValue();
  }

  boolean contains(RevisionId id) {
    return entries.containsKey(id);
  }

  /** One with the same number and another text: the cluster was split when it was made. */
  Optional<Entry> rival(Entry entry) {
    return entries.values().stream()
        .filter(each -> each.number() == entry.number() && !each.id().equals(entry.id()))
        .findFirst();
  }

  /** All, newest first. */
  List<Entry> list() {
    List<Entry> list = new ArrayList<>();
    long expectedNumber = Long.MAX_VALUE;
    String expected = "";
    for (Entry entry : entries.values()) {
      boolean first = list.isEmpty();
      boolean onTheLine =
          first || (entry.number() < expectedNumber && isBefore(entry, expectedNumber, expected));
      if (onTheLine) {
        expectedNumber = entry.number();
        expected = entry.previous();
      }
      list.add(entry.superseded(!onTheLine));
    }
    return list;
  }

  /** A number that is missing in between says nothing about the ones before it. */
  private static boolean isBefore(Entry entry, long laterNumber, String expected) {
    return entry.number() < laterNumber - 1 || entry.sha256().equals(expected);
  }

  /** Whether the newest was made after one that is not here. */
  boolean lacksPrevious() {
    Entry head = newest();
    return head != null
        && head.number() > 1
        && entries.values().stream().noneMatch(entry -> entry.sha256().equals(head.previous()));
  }

  /**
   * Those on the line to the newest that come after a place, oldest first.
   *
   * @param place null for the beginning
   */
  List<Entry> after(@Nullable RevisionId place) {
    List<Entry> later = new ArrayList<>();
    for (Entry entry : list()) {
      if (!entry.superseded() && entry.id().isAfter(place)) {
        later.add(0, entry);
      }
    }
    return later;
  }

  /** The entry of a number; of several the one that did not lose. */
  Optional<Entry> find(long number) {
    return list().stream()
        .filter(entry -> entry.number() == number)
        .min(Comparator.comparing(Entry::superseded));
  }
}
