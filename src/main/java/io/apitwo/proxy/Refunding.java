package io.apitwo.proxy;

import io.apitwo.decide.Decider;
import io.apitwo.limit.Decision;
import io.apitwo.rules.LimitRule;
import java.util.BitSet;
import java.util.List;

/**
 * Gives back what limits do not charge for, by the status of the response.
 *
 * <p>Confined to one event loop.
 *
 * @param rules what was decided, in the order of the charge
 */
record Refunding(Decider decider, List<LimitRule> rules) {
  void responded(Decision decision, int status) {
    BitSet which = new BitSet(rules.size());
    for (int i = 0; i < rules.size(); i++) {
      which.set(i, rules.get(i).effect().refundOn().contains(status));
    }
    decider.refund(decision, which);
  }
}
