package io.apitwo.limit;

import java.util.BitSet;

/**
 * Charges whose hold on their buckets ends. Sent at most once: what becomes of a lost one is that
 * its quota stays used until its windows end, or until its holder says again what it holds.
 *
 * @param count how many charges; at least one
 * @param receipt of the grant they came with
 */
public record Return(Charge charge, long count, Receipt receipt, Reason reason) {
  /**
   * Why it comes back, and so what. Tokens and sliding windows never do: they drain by themselves.
   */
  public enum Reason {
    /** Paid for and not spent: what was counted in fixed windows, and permits. */
    UNSPENT,
    /** The requests were served: permits alone. */
    SERVED,
    /** Spent, but what came of it is not charged: what was counted in fixed windows. */
    REFUNDED
  }

  /** Of charges that were paid for and will not be spent. */
  public Return(Charge charge, long count, Receipt receipt) {
    this(charge, count, receipt, Reason.UNSPENT);
  }

  /**
   * @param spent whether the requests were served
   */
  public Return(Charge charge, long count, Receipt receipt, boolean spent) {
    this(charge, count, receipt, spent ? Reason.SERVED : Reason.UNSPENT);
  }

  public Return {
    if (count < 1) {
      throw new IllegalArgumentException("count: " + count + " (expected: >= 1)");
    }
  }

  /**
   * What some limits charged for one request.
   *
   * @param which positions in the charge's subjects; at least one, of fixed windows all
   */
  public static Return refund(Decision decision, BitSet which) {
    Charge charge = decision.charge();
    Receipt receipt = decision.standing().receipt();
    return new Return(charge.part(which), 1, receipt.part(charge, which), Reason.REFUNDED);
  }

  /** Whether the requests were served, and only what they held while in flight comes back. */
  public boolean spent() {
    return reason == Reason.SERVED;
  }

  /** This one and another of the same charge, receipt and reason. */
  public Return plus(Return other) {
    return new Return(charge, count + other.count, receipt, reason);
  }
}
