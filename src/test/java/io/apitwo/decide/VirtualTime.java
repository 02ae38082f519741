package io.apitwo.decide;

import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A clock that moves when it is told to, and what is to be done at its instants. */
final class VirtualTime {
  static final long MILLI = 1_000_000;

  private final long startMillis;
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::atNanos).thenComparing(Task::number));
  private long nowNanos;
  private long number;

  private record Task(long atNanos, long number, Runnable what) {}

  VirtualTime(String start) {
    this.startMillis = Instant.parse(start).toEpochMilli();
  }

  long nanos() {
    return nowNanos;
  }

  /** The time of day. */
  long millis() {
    return startMillis + nowNanos / MILLI;
  }

  Instant instant() {
    return Instant.ofEpochMilli(startMillis).plusNanos(nowNanos);
  }

  void after(long millis, Runnable task) {
    at(nowNanos + millis * MILLI, task);
  }

  /** Does something at an instant, or now if that is over; what is asked for first comes first. */
  void at(long nanos, Runnable task) {
    tasks.add(new Task(Math.max(nanos, nowNanos), number++, task));
  }

  /** How many tasks there have been: two runs that differ differ in this sooner or later. */
  long tasks() {
    return number;
  }

  /** Lets so much time pass, and does what is due on the way. */
  void pass(long millis) {
    passUntil(nowNanos + millis * MILLI);
  }

  /** Lets time pass up to an instant. */
  void passUntil(long end) {
    while (!tasks.isEmpty() && tasks.peek().atNanos <= end) {
      Task next = tasks.remove();
      nowNanos = next.atNanos;
      next.what.run();
    }
    nowNanos = end;
  }
}
