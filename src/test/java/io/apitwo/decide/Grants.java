package io.apitwo.decide;

import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.telemetry.LadderMeter;
import java.time.Instant;
import java.util.List;

/** Charges and grants for tests: one limit, a minute of 1,000, whose window has a second to go. */
final class Grants {
  static final long MILLI = 1_000_000;
  static final long SECOND = 1_000 * MILLI;

  private Grants() {}

  static Charge charge(String client) {
    return charge(client, 1_000, Accuracy.EXACT);
  }

  static Charge charge(String client, long quota, Accuracy accuracy) {
    Limit limit = new Limit("a", List.of(Quota.of(Window.MINUTE, quota)), accuracy);
    return new Charge(List.of(new Subject(limit, client)), 1);
  }

  /** A charge that its limit answers so while there is no store. */
  static Charge charge(String client, OnStoreFailure onStoreFailure, Quota... quotas) {
    Limit limit =
        new Limit("a", Algorithm.FIXED, List.of(quotas), Accuracy.EXACT, onStoreFailure, false);
    return new Charge(List.of(new Subject(limit, client)), 1);
  }

  /** The ladder of so many nodes at a standing clock. */
  static Ladder ladder(int nodes) {
    LocalShare share = new LocalShare(() -> Instant.parse("2025-06-29T15:38:59Z"), () -> 0, 1_000);
    return new Ladder(share, () -> nodes, LadderMeter.NONE);
  }

  static Grant grant(int granted, int leased, long left) {
    return new Grant(granted, leased, standing(left, 0, 0));
  }

  static Standing standing(long left, long askedNanos, long othersMillis) {
    return new Standing(
        new long[] {left}, new long[] {1_000}, askedNanos, othersMillis, receipt(1));
  }

  static Receipt receipt(long window) {
    return new Receipt(1, new long[] {7}, new long[] {window});
  }
}
