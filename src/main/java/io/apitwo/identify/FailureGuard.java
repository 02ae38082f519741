package io.apitwo.identify;

import io.apitwo.rules.Identity.Failures;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * Bounds how often an address may have something verified that turns out to be worth nothing: a
 * token bucket (GCRA) for each address, in a table of fixed size. Addresses that meet in a cell
 * share it; which ones do nobody can work out, for the hash is keyed. One for a node, on any
 * thread.
 */
final class FailureGuard {
  private static final int CELLS = 1 << 16;
  private static final long NANOS_PER_MICRO = 1_000;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private final LongSupplier nanoClock;
  private final long startNanos;
  private final byte[] secret;
  private final boolean looks;

  /** When all that was taken is made up for, in nanoseconds since the start. */
  private final AtomicLongArray settled;

  FailureGuard(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.startNanos = nanoClock.getAsLong();
    this.secret = new byte[16];
    this.looks = false;
    this.settled = new AtomicLongArray(CELLS);
    new SecureRandom().nextBytes(secret);
  }

  private FailureGuard(FailureGuard watched) {
    this.nanoClock = watched.nanoClock;
    this.startNanos = watched.startNanos;
    this.secret = watched.secret;
    this.looks = true;
    this.settled = watched.settled;
  }

  /** One that says what this one would say, and takes nothing from anybody. */
  FailureGuard onlooker() {
    return new FailureGuard(this);
  }

  /**
   * Takes one attempt, to be given back if it was no failure.
   *
   * @return 0, or after how many seconds there will be another one; then none was taken
   */
  long take(String client, Failures allowed) {
    int cell = cell(client);
    long now = nanoClock.getAsLong() - startNanos;
    long period = allowed.periodMicros() * NANOS_PER_MICRO;
    long interval = period / allowed.most();
    while (true) {
      long before = settled.get(cell);
      long after = Math.max(before, now) + interval;
      long wait = after - now - period;
      if (wait > 0) {
        return (wait + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND;
      }
      if (looks || settled.compareAndSet(cell, before, after)) {
        return 0;
      }
    }
  }

  /** What was tried was no failure. */
  void giveBack(String client, Failures allowed) {
    if (looks) {
      return;
    }
    long interval = allowed.periodMicros() * NANOS_PER_MICRO / allowed.most();
    settled.addAndGet(cell(client), -interval);
  }

  private int cell(String client) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(secret);
      byte[] hash = sha256.digest(client.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(hash).getInt() & CELLS - 1;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has it
    }
  }
}
