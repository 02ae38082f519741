package io.apitwo.decide;

import io.apitwo.limit.Decision;
import io.apitwo.limit.Return;
import java.util.ArrayList;
import java.util.List;

/**
 * What one event loop gives back to the limiter: leases, what requests did not use, and what they
 * held while they were in flight. Confined to that loop.
 */
final class LoopReturns {
  private final LocalDecisions local;
  private final Loop.Outside outside;
  private final Endings endings = new Endings();

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
    if (unspent.isEmpty() || ended.isEmpty()) {
      return unspent.isEmpty() ? ended : unspent;
    }
    List<Return> all = new ArrayList<>(unspent);
    all.addAll(ended);
    return all;
  }
}
