package io.apitwo.proxy;

import io.apitwo.decide.Decider;
import io.apitwo.identify.Admitted;
import io.apitwo.identify.Applied;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.rules.LimitRule;
import io.apitwo.rules.Rules;
import io.apitwo.telemetry.DecisionMeter;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Asks for a decision on what a client's request is charged, and carries it out: what passes goes
 * on to the {@link Forwarder}, the rest is refused.
 *
 * <p>Confined to one event loop.
 */
final class Enforcement {
  private final Decider decider;
  private final Shadows shadows;
  private final Forwarder forwarder;
  private final RequestLog requests;
  private final DecisionMeter meter;
  private final Map<Applied, RoutePolicy> policies = new IdentityHashMap<>();

  Enforcement(
      Decider decider,
      Shadows shadows,
      Forwarder forwarder,
      RequestLog requests,
      DecisionMeter meter) {
    this.decider = decider;
    this.shadows = shadows;
    this.forwarder = forwarder;
    this.requests = requests;
    this.meter = meter;
  }

  void rulesChanged(Rules rules) {
    policies.clear();
    decider.rulesChanged(rules);
    shadows.rulesChanged(rules);
  }

  /** Lets it pass if all limits have room, at once or when the store has spoken. */
  void decide(Exchange exchange, Admitted.Limited limited) {
    Charge charge = limited.charge();
    if (charge == null) {
      pass(exchange, limited);
      return;
    }
    exchange.policy = policy(limited, charge);
    if (charge.isRefundable()) {
      exchange.refunding = new Refunding(decider, limited.applied().enforced());
    }
    Decision now = decider.decideNow(charge);
    if (now != null) {
      decided(exchange, limited, now);
      return;
    }
    exchange.body.hold();
    decider
        .decide(charge)
        .onComplete(
            decision -> decided(exchange, limited, decision),
            noAnswer -> undecided(exchange, limited, charge));
  }

  /** Only what goes to its upstream counts for limits in shadow, as it would if they were not. */
  private void pass(Exchange exchange, Admitted.Limited limited) {
    if (!limited.shadows().isEmpty()) {
      exchange.shadows = shadows.ask(limited);
    }
    forward(exchange);
  }

  /** Sends it to its upstream. */
  void forward(Exchange exchange) {
    if (exchange.trial != null) {
      exchange.trial.passes();
    }
    requests.passes();
    forwarder.forward(exchange, exchange.route());
  }

  private RoutePolicy policy(Admitted.Limited limited, Charge charge) {
    List<LimitRule> enforced = limited.applied().enforced();
    return limited.own()
        ? new RoutePolicy(enforced, charge)
        : policies.computeIfAbsent(limited.applied(), each -> new RoutePolicy(enforced, charge));
  }

  private void decided(Exchange exchange, Admitted.Limited limited, Decision decision) {
    if (exchange.isOver()) {
      decider.unused(decision);
      return;
    }
    exchange.decision = decision;
    if (decision.isDegraded() && decision.charge().onStoreFailure() == OnStoreFailure.ALLOW) {
      exchange.policy = null; // nobody knows where the limits stand
    }
    try {
      if (decision.allowed()) {
        pass(exchange, limited);
      } else {
        exchange.refuse();
      }
    } catch (RuntimeException bug) {
      exchange.fail(bug);
    }
  }

  /** The store could not say, in time or at all: the limits say what then. */
  private void undecided(Exchange exchange, Admitted.Limited limited, Charge charge) {
    if (exchange.isOver()) {
      return;
    }
    boolean allowed = charge.onStoreFailure() == OnStoreFailure.ALLOW;
    meter.degraded(charge, allowed);
    exchange.policy = null;
    if (!allowed) {
      exchange.answer(Answers.LIMITER_UNAVAILABLE);
      return;
    }
    try {
      pass(exchange, limited);
    } catch (RuntimeException bug) {
      exchange.fail(bug);
    }
  }
}
