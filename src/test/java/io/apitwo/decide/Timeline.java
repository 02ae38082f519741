package io.apitwo.decide;

import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;

/** The one clock of a simulation, and what happens at its instants, in one order for each seed. */
final class Timeline {
  static final long MILLI = 1_000_000;

  private final long startMillis;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNanos).thenComparing(Event::number));
  private long nowNanos;
  private long number;

  private record Event(long atNanos, long number, Runnable what) {}

  Timeline(Instant start) {
    this.startMillis = start.toEpochMilli();
  }

  long nanos() {
    return nowNanos;
  }

  /** The true time of day, which is the server's. */
  long millis() {
    return startMillis + nowNanos / MILLI;
  }

  Instant instant() {
    return Instant.ofEpochSecond(
        Math.floorDiv(startMillis, 1_000), startMillis % 1_000 * MILLI + nowNanos);
  }

  void at(long nanos, Runnable what) {
    events.add(new Event(Math.max(nanos, nowNanos), number++, what));
  }

  void after(long nanos, Runnable what) {
    at(nowNanos + nanos, what);
  }

  /** Lets time pass up to an instant. */
  void runUntil(long nanos) {
    while (!events.isEmpty() && events.peek().atNanos <= nanos) {
      Event next = events.remove();
      nowNanos = next.atNanos;
      next.what.run();
    }
    nowNanos = nanos;
  }

  /** How many events have been asked for: two runs that differ differ in this sooner or later. */
  long number() {
    return number;
  }
}
