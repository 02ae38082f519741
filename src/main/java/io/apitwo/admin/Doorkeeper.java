package io.apitwo.admin;

import io.apitwo.telemetry.AdminMeter;
import io.apitwo.telemetry.AdminMeter.Outcome;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What all doors do alike: compares the token that is shown, has those wait who show too many wrong
 * ones, counts who is not let in, and writes it down, of each peer at most {@value Attempts#MOST}
 * lines a minute. Not for several threads: each door has its own.
 */
final class Doorkeeper {
  private final AdminToken token;
  private final Attempts attempts;
  private final Attempts lines;
  private final AuditLog audit;
  private final AdminMeter meter;

  /**
   * Who stands at the door.
   *
   * @param peer whose tries are counted together
   * @param who for the log: an address, or a name in quotes
   * @param what is wanted, for the log
   */
  record Visitor(String peer, String who, String what) {}

  /**
   * @param nanoTime elapsed time
   */
  Doorkeeper(AdminToken token, LongSupplier nanoTime, AuditLog audit, AdminMeter meter) {
    this.token = token;
    this.attempts = new Attempts(nanoTime);
    this.lines = new Attempts(nanoTime);
    this.audit = audit;
    this.meter = meter;
  }

  /** How many seconds somebody has to wait, whatever they show; 0 when they may try. */
  long waitSeconds(Visitor visitor) {
    long wait = attempts.waitSeconds(visitor.peer);
    if (wait > 0) {
      meter.request(Outcome.THROTTLED);
    }
    return wait;
  }

  /** As {@link AdminToken#matches}. */
  boolean opens(@Nullable String authorization) {
    return token.matches(authorization);
  }

  /** Somebody is not let in, for a wrong token; after too many of these they wait. */
  void wrong(Visitor visitor) {
    attempts.failed(visitor.peer);
    refused(visitor, 401, Outcome.TOKEN, "a wrong token");
    if (attempts.waitSeconds(visitor.peer) > 0) {
      audit.refused(visitor, 429, "too many wrong tokens; not heard for a while");
    }
  }

  /** Somebody is not let in, and may try again. */
  void refused(Visitor visitor, int status, Outcome outcome, String because) {
    if (lines.waitSeconds(visitor.peer) == 0) {
      lines.failed(visitor.peer);
      audit.refused(visitor, status, because);
    }
    meter.request(outcome);
  }
}
