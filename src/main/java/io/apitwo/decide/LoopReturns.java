package io.apitwo.decide;

import io.apitwo.limit.Decision;
import io.apitwo.limit.Return;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What one event loop gives back to the limiter: leases, what requests did not use, and what they
 * held while they were in flight. Confined to that loop.
 */
final class LoopReturns {
  private final LocalDecisions local;
  private final Loop.Outside outside;
  private final Endings endings = new Endings();
  private final Refunds refunds = new Refunds();

  LoopReturns(LocalDecisions local, Loop.Outside outside) {
    this.local = local;
    this.outside = outside;
  }

  /** A request that was allowed will not go anywhere: what it was charged goes back. */
  void unused(Decision decision) {
    if (decision.allowed()) {
      local.giveBack(decision.charge(), 1, decision.standing());
      if (decision.charge().holdsPermits()) { // others wait for them
        outside.afterTurn(this::send);
      }
    }
  }

  /** A request that was decided has ended: what it held while it was in flight comes back. */
  void ended(Decision decision) {
    if (decision.charge().holdsPermits() && decision.allowed() && endings.add(decision)) {
      outside.afterTurn(this::send);
    }
  }

  /**
   * Some limits do not charge for a request after all.
   *
   * @param which positions in the charge's subjects; of fixed windows all
   */
  void refund(Decision decision, BitSet which, long nowNanos) {
    boolean whole = which.cardinality() == decision.charge().subjects().size();
    if (whole && local.putBack(decision, nowNanos)) {
      return;
    }
    if (refunds.add(Return.refund(decision, which))) {
      outside.afterTurn(this::send);
    }
  }

  /** Sends what there is. */
  void send() {
    List<Return> returns = take();
    if (!returns.isEmpty()) {
      outside.giveBack(returns);
    }
  }

  /**
   * Sends all that the loop holds.
   *
   * @param done run when the store has it, or has lost it
   */
  void sendAll(Runnable done) {
    local.keepOnly(charge -> false);
    List<Return> returns = take();
    if (returns.isEmpty()) {
      done.run();
    } else {
      outside.giveBack(returns, done);
    }
  }

  private List<Return> take() {
    List<Return> unspent = local.takeReturns();
    List<Return> ended = endings.take();
    List<Return> refunded = refunds.take();
    if (ended.isEmpty() && refunded.isEmpty()) {
      return unspent;
    }
    List<Return> all = new ArrayList<>(unspent);
    all.addAll(ended);
    all.addAll(refunded);
    return all;
  }
}
