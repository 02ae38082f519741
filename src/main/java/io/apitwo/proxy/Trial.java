package io.apitwo.proxy;

import io.apitwo.decide.Decider;
import io.apitwo.identify.Admission;
import io.apitwo.identify.Admitted;
import io.apitwo.identify.Identified;
import io.apitwo.identify.Identifier;
import io.apitwo.identify.Parts;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Subject;
import io.apitwo.rules.OnTrial;
import io.apitwo.rules.Route;
import io.apitwo.rules.Rules;
import io.apitwo.telemetry.TrialTally;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks of each request what the rules on trial would do with it, with a decider, an identifier and
 * counts of their own, and compares that with what becomes of it. Nobody waits for it, and nothing
 * follows from it but a count. Without a trial a request costs a look whether there is one.
 *
 * <p>Confined to one event loop.
 */
final class Trial {
  private static final Logger log = LoggerFactory.getLogger(Trial.class);

  private final Supplier<@Nullable Rules> candidate;
  private final Supplier<Identifier> identifiers;
  private final Supplier<Decider> deciders;
  private final TrialTally tally = new TrialTally();
  private final Map<Route, Admission> admissions = new IdentityHashMap<>();
  private @Nullable Rules known;
  private @Nullable Identifier identifier;
  private @Nullable Decider decider;

  /**
   * @param candidate the rules on trial; null for none
   * @param identifiers makes one, when it is needed first
   * @param deciders makes one, when it is needed first
   */
  Trial(
      Supplier<@Nullable Rules> candidate,
      Supplier<Identifier> identifiers,
      Supplier<Decider> deciders) {
    this.candidate = candidate;
    this.identifiers = identifiers;
    this.deciders = deciders;
  }

  /** What the rules on trial have done so far. */
  TrialTally tally() {
    return tally;
  }

  /** Asks about a request; null when nothing is on trial. */
  @Nullable Request begin(Exchange exchange, Sent sent) {
    Rules rules = candidate.get();
    if (rules != known) {
      changed(rules);
    }
    if (rules == null) {
      return null;
    }
    Request request = new Request(exchange, sent);
    try {
      request.ask(rules);
    } catch (RuntimeException bug) { // which must not cost the request its answer
      log.error("a trial could not be made", bug);
      request.judged = Judged.UNKNOWN;
    }
    return request;
  }

  private void changed(@Nullable Rules rules) {
    boolean another = rules == null || known == null || rules.limits() != known.limits();
    known = rules;
    admissions.clear();
    if (another) {
      tally.clear();
    }
    if (rules == null) {
      identifier = null; // and with it all that it remembers
    } else {
      identifier = identifier == null ? identifiers.get() : identifier;
      decider = decider == null ? deciders.get() : decider;
      identifier.rulesChanged(rules);
      decider.rulesChanged(rules);
    }
  }

  private enum Judged {
    NOT_YET,
    PASSES,
    REFUSED,
    UNKNOWN
  }

  /** One request: its two fates are compared when both are known. */
  final class Request {
    private final Exchange exchange;
    private final Sent sent;
    private Judged live = Judged.NOT_YET;
    private Judged judged = Judged.NOT_YET;
    private String cause = "";
    private @Nullable Refunding refunding;
    private @Nullable Decision refusal;
    private @Nullable Decision held;
    private int status;
    private boolean ended;

    private Request(Exchange exchange, Sent sent) {
      this.exchange = exchange;
      this.sent = sent;
    }

    private void ask(Rules rules) {
      RequestTarget.Accepted target = exchange.target();
      Route route = rules.route(target.host(), target.matchPath(), sent.method());
      if (route == null) {
        refuses("(no route)");
        return;
      }
      if (!route.match().takesPath(target.hasParameters(), target.hasEscapedSlash())) {
        refuses("(malformed)");
        return;
      }
      Admission admission = admissions.computeIfAbsent(route, each -> new Admission(rules, each));
      Identifier asked = Objects.requireNonNull(identifier);
      Identified now =
          admission.needsCredentials()
              ? asked.now(sent, exchange.caller(), admission)
              : Identified.NOBODY;
      if (now != null) {
        identified(route, admission, now);
      } else {
        asked.ask(
            sent, exchange.caller(), admission, later -> identifiedLater(route, admission, later));
      }
    }

    private void identifiedLater(Route route, Admission admission, Identified identified) {
      if (exchange.isOver()) {
        judged(Judged.UNKNOWN);
      } else {
        identified(route, admission, identified);
      }
    }

    private void identified(Route route, Admission admission, Identified identified) {
      if (!(identified instanceof Identified.As known)) {
        refuses("(failed attempts)");
        return;
      }
      Admitted admitted =
          admission.of(new Parts(sent, route, exchange.caller(), known.credentials()));
      if (admitted instanceof Admitted.Denied) {
        refuses("(denied)");
      } else if (admitted instanceof Admitted.Blocked) {
        refuses("(blocked)");
      } else if (admitted instanceof Admitted.Unidentified) {
        refuses("(unidentified)");
      } else if (admitted instanceof Admitted.Limited limited && limited.charge() != null) {
        decide(limited, limited.charge());
      } else {
        judged(Judged.PASSES);
      }
    }

    private void decide(Admitted.Limited limited, Charge charge) {
      Decider asked = Objects.requireNonNull(decider);
      if (charge.isRefundable()) {
        refunding = new Refunding(asked, limited.applied().enforced());
      }
      Decision now = asked.decideNow(charge);
      if (now != null) {
        decided(now);
      } else {
        asked.decide(charge).onComplete(this::decided, noAnswer -> judged(Judged.UNKNOWN));
      }
    }

    private void decided(Decision decision) {
      if (!decision.allowed()) {
        refusal = decision;
        judged(Judged.REFUSED);
        return;
      }
      held = decision;
      if (status != 0) {
        responded(status);
      }
      if (ended) {
        end();
      }
      judged(Judged.PASSES);
    }

    private void refuses(String why) {
      cause = why;
      judged(Judged.REFUSED);
    }

    private void judged(Judged what) {
      judged = what;
      compare();
    }

    /** The request passes. */
    void passes() {
      live(Judged.PASSES);
    }

    /** The request is refused. */
    void refused() {
      live(Judged.REFUSED);
    }

    private void live(Judged what) {
      if (live == Judged.NOT_YET) {
        live = what;
        compare();
      }
    }

    private void compare() {
      if (live == Judged.NOT_YET || judged == Judged.NOT_YET) {
        return;
      }
      if (judged == Judged.UNKNOWN) {
        tally.unknown();
      } else if (judged == live) {
        tally.alike();
      } else if (judged == Judged.REFUSED) {
        tally.wouldRefuse();
        because(refusal, cause, true);
      } else {
        tally.wouldPass();
        because(exchange.decision, "(no limit)", false);
      }
    }

    private void because(@Nullable Decision decision, String otherwise, boolean refuses) {
      if (decision == null || decision.violated().isEmpty()) {
        tally.because(otherwise, exchange.caller().client(), refuses);
        return;
      }
      for (Subject subject : decision.violated()) {
        tally.because(OnTrial.nameOf(subject.limit()), subject.client(), refuses);
      }
    }

    /** The response has this status. */
    void responded(int code) {
      status = code;
      if (held != null && refunding != null) {
        refunding.responded(held, code);
        refunding = null;
      }
    }

    /** The request has ended, whichever way. */
    void end() {
      ended = true;
      if (held != null) {
        Objects.requireNonNull(decider).ended(held);
        held = null;
      }
    }
  }
}
