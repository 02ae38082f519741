package io.apitwo.count;

import io.apitwo.telemetry.StoreMeter;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/** Keeps what a store tells of itself. */
final class CountingMeter implements StoreMeter {
  final AtomicInteger nodes = new AtomicInteger();
  final AtomicInteger groups = new AtomicInteger();
  final AtomicLong permits = new AtomicLong();
  final AtomicLong skewMillis = new AtomicLong(Long.MIN_VALUE);
  private final AtomicIntegerArray failures = new AtomicIntegerArray(Failure.values().length);

  int failures(Failure failure) {
    return failures.get(failure.ordinal());
  }

  @Override
  public void answered(int groups, int requests, long micros) {
    this.groups.addAndGet(groups);
  }

  @Override
  public void failed(Failure failure) {
    failures.incrementAndGet(failure.ordinal());
  }

  @Override
  public void skew(long millis) {
    skewMillis.set(millis);
  }

  @Override
  public void available(boolean available) {}

  @Override
  public void nodes(int live) {
    nodes.set(live);
  }

  @Override
  public void permits(long held) {
    permits.set(held);
  }
}
