package io.apitwo.proxy;

import io.apitwo.decide.Decider;
import io.apitwo.identify.Admitted;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.rules.LimitRule;
import io.apitwo.rules.Rules;
import io.apitwo.telemetry.DecisionMeter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what limits in shadow would have done with the requests that go to an upstream, each
 * limit by itself and by a decider of its own, so that nothing of it is counted among the decisions
 * that clients feel. Nobody waits for it, and nothing follows from it but a count.
 *
 * <p>Confined to one event loop.
 */
final class Shadows {
  private static final Logger log = LoggerFactory.getLogger(Shadows.class);

  private final Decider decider;
  private final DecisionMeter meter;

  /**
   * @param decider of shadows alone, which counts its decisions itself
   * @param meter is told what could not be decided
   */
  Shadows(Decider decider, DecisionMeter meter) {
    this.decider = decider;
    this.meter = meter;
  }

  /** What is decided for one request: permits are held as long as it is under way. */
  final class Request {
    private static final int UNKNOWN = 0;

    private final List<LimitRule> rules;
    private final List<Decision> held = new ArrayList<>(1);
    private int status = UNKNOWN;
    private boolean ended;

    private Request(List<LimitRule> rules) {
      this.rules = rules;
    }

    private void ask(Charge charge) {
      Decision now = decider.decideNow(charge);
      if (now != null) {
        decided(now);
      } else {
        decider.decide(charge).onComplete(this::decided, noAnswer -> meter.degraded(charge, true));
      }
    }

    private void decided(Decision decision) {
      Charge charge = decision.charge();
      if (!decision.allowed() || !(charge.holdsPermits() || charge.isRefundable())) {
        return;
      }
      if (status != UNKNOWN) {
        refund(decision);
      }
      if (ended) {
        decider.ended(decision);
      } else {
        held.add(decision);
      }
    }

    private void refund(Decision decision) {
      String limit = decision.charge().subjects().get(0).limit().name();
      for (LimitRule rule : rules) {
        if (rule.limit().name().equals(limit) && rule.effect().refundOn().contains(status)) {
          BitSet only = new BitSet(1);
          only.set(0);
          decider.refund(decision, only);
        }
      }
    }

    /** The response has this status. */
    void responded(int code) {
      status = code;
      held.forEach(this::refund);
    }

    /** The request has ended, whichever way. */
    void end() {
      ended = true;
      held.forEach(decider::ended);
      held.clear();
    }
  }

  /** Asks for a request that goes to its upstream now. */
  Request ask(Admitted.Limited limited) {
    Request request = new Request(limited.applied().shadows());
    try {
      limited.shadows().forEach(request::ask);
    } catch (RuntimeException bug) { // which must not cost the request its answer
      log.error("shadows could not be decided", bug);
    }
    return request;
  }

  void rulesChanged(Rules rules) {
    decider.rulesChanged(rules);
  }
}
