package io.apitwo.admin;

import io.apitwo.config.Candidate;
import io.apitwo.config.Entry;
import io.apitwo.config.Pushed;
import io.apitwo.config.Rulebook;
import io.apitwo.telemetry.TrialDiff;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * {@code /admin/v1/candidate}: rules on trial on real traffic, what they would do differently, and
 * their end: in force, or withdrawn.
 */
public final class CandidateRoutes implements Routes {
  private static final String PATH = "/admin/v1/candidate";
  private static final int MOST_CLIENTS = 20;

  private final Candidate candidate;
  private final Trials trials;
  private final Changes changes;

  public CandidateRoutes(Candidate candidate, Trials trials, Rulebook rulebook) {
    this.candidate = candidate;
    this.trials = trials;
    this.changes = new Changes(rulebook);
  }

  @Override
  public void addTo(AdminRouter router) {
    router.change(HttpMethod.PUT, PATH, RulesRoutes.A_DOCUMENT, this::put);
    router.get(PATH, this::diff);
    router.change(HttpMethod.DELETE, PATH, Body.NONE, this::withdraw);
    router.change(HttpMethod.POST, PATH + "/promote", Body.NONE, this::promote);
  }

  private Future<Answer> put(Call call) throws RefusedException {
    Long ifMatch = call.ifMatch();
    boolean dryRun = call.flag("dryRun");
    return call.aside(
            () -> {
              if (call.type().equals(Answer.JSON)) {
                JsonSyntax.check("candidate", call.text());
              }
              return call.text();
            })
        .compose(text -> candidate.put(text, call.actor(), ifMatch, dryRun))
        .map(pushed -> answer(pushed, dryRun));
  }

  private static Answer answer(Pushed pushed, boolean dryRun) {
    JsonObject body =
        new JsonObject()
            .put("candidate", pushed.revision())
            .put("sha256", pushed.sha256())
            .put("converged", pushed.converged())
            .put("nodes", Changes.nodes(pushed));
    return dryRun
        ? Answer.ok(body.put("dryRun", true)).about(pushed.revision())
        : Answer.ok(body).tagged(pushed.revision());
  }

  private Entry current() throws RefusedException {
    return candidate
        .current()
        .orElseThrow(
            () -> new RefusedException(404, "nothing is on trial (expected: a candidate)"));
  }

  private Future<Answer> diff(Call call) throws RefusedException {
    Entry entry = current();
    return trials
        .soFar(MOST_CLIENTS)
        .map(diff -> Answer.ok(json(entry, diff)).tagged(entry.number()));
  }

  private static JsonObject json(Entry entry, TrialDiff diff) {
    JsonArray limits = new JsonArray();
    for (TrialDiff.Cause cause : diff.causes()) {
      limits.add(
          new JsonObject()
              .put("limit", cause.name())
              .put("wouldRefuse", cause.wouldRefuse())
              .put("wouldPass", cause.wouldPass())
              .put("refusedClients", TopRoute.clients(cause.refused()))
              .put("passedClients", TopRoute.clients(cause.passed())));
    }
    return new JsonObject()
        .put("candidate", entry.number())
        .put("sha256", entry.sha256())
        .put("actor", entry.actor())
        .put("at", entry.at().toString())
        .put("scope", "node")
        .put("alike", diff.alike())
        .put("wouldRefuse", diff.wouldRefuse())
        .put("wouldPass", diff.wouldPass())
        .put("unknown", diff.unknown())
        .put("limits", limits);
  }

  private Future<Answer> withdraw(Call call) throws RefusedException {
    current();
    boolean dryRun = call.flag("dryRun");
    return candidate
        .withdraw(call.actor(), call.ifMatch(), dryRun)
        .map(pushed -> answer(pushed, dryRun));
  }

  /** The trial ends once its rules have been in force, unless another one has begun meanwhile. */
  private Future<Answer> promote(Call call) throws RefusedException {
    Entry entry = current();
    boolean dryRun = call.flag("dryRun");
    return changes
        .made(call, "candidate " + entry.number(), entry.text(), call.ifMatch())
        .compose(
            pushed -> {
              Answer answer = Changes.answer(pushed, dryRun);
              return dryRun || pushed.superseded()
                  ? Future.succeededFuture(answer)
                  : candidate
                      .withdraw(call.actor(), entry.number(), false)
                      .map(answer)
                      .otherwise(answer);
            });
  }
}
