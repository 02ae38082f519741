package io.apitwo.decide;

import io.apitwo.limit.Charge;
import org.jspecify.annotations.Nullable;

/** What a loop knows of one charge. Confined to one event loop. */
final class KnownCharge {
  final Charge charge;
  final AskRate rate;

  @Nullable HeldLease lease;

  /** How much more is wished for by an ask that is not answered yet; 0 for none. */
  int wished;

  @Nullable RememberedRefusal refusal;

  KnownCharge(Charge charge, long nowNanos) {
    this.charge = charge;
    this.rate = new AskRate(nowNanos);
  }

  /** Whether it is known at this instant to be over a limit. */
  boolean isRefused(long nowNanos) {
    return refusal != null && refusal.isBelieved(nowNanos);
  }
}
