package io.apitwo.admin;

import io.apitwo.config.ActiveRules;
import io.apitwo.config.AuthorityException;
import io.apitwo.config.RevisionConflictException;
import io.apitwo.config.Rulebook;
import io.apitwo.rules.Excerpt;
import io.apitwo.rules.LimitPatch;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code /admin/v1/limits/{name}}: one limit changed by a JSON merge patch. The rest of the
 * document stays as it is, to the letter.
 */
public final class LimitRoutes implements Routes {
  private static final Body A_PATCH =
      new Body(1 << 16, List.of(Answer.JSON, "application/merge-patch+json"));

  /** How often somebody else may be faster. */
  private static final int ATTEMPTS = 10;

  private static final long AGAIN_MILLIS = 50;

  private final ActiveRules active;
  private final Rulebook rulebook;
  private final Changes changes;

  public LimitRoutes(ActiveRules active, Rulebook rulebook) {
    this.active = active;
    this.rulebook = rulebook;
    this.changes = new Changes(rulebook);
  }

  @Override
  public void addTo(AdminRouter router) {
    router.change(HttpMethod.PATCH, "/admin/v1/limits/:name", A_PATCH, this::patch);
  }

  private Future<Answer> patch(Call call) throws RefusedException {
    call.flag("dryRun");
    return patch(call, call.parameter("name"), call.ifMatch(), ATTEMPTS);
  }

  /** Who names no revision means the newest, whichever that is, and whether it is in force here. */
  private Future<Answer> patch(Call call, String name, @Nullable Long ifMatch, int attempts) {
    return rulebook
        .newest()
        .compose(
            newest ->
                newest.isPresent()
                    ? patch(call, name, ifMatch, newest.get().number(), newest.get().text())
                    : patch(call, name, ifMatch, 0, active.revision().text()))
        .recover(
            failure ->
                failure instanceof RevisionConflictException && ifMatch == null
                    ? again(call, name, attempts - 1)
                    : Future.failedFuture(failure));
  }

  /** Somebody else was faster; what they put is known here by now, or in a moment. */
  private Future<Answer> again(Call call, String name, int attempts) {
    return attempts == 0
        ? Future.failedFuture(new AuthorityException("others change the rules at the same time"))
        : call.context()
            .vertx()
            .timer(AGAIN_MILLIS)
            .compose(fired -> patch(call, name, null, attempts));
  }

  private Future<Answer> patch(
      Call call, String name, @Nullable Long ifMatch, long number, String before) {
    if (ifMatch != null && ifMatch != number) {
      return Future.failedFuture(new RevisionConflictException(ifMatch, number));
    }
    return call.aside(() -> patched(before, call, name))
        .compose(
            text -> AdminRouter.step(() -> changes.push(call, RulesRoutes.SOURCE, text, number)));
  }

  private static String patched(String before, Call call, String name) throws Exception {
    JsonSyntax.check("patch", call.text());
    String text = LimitPatch.apply("patch", before, name, call.text());
    if (text == null) {
      throw new RefusedException(
          404, "limit: " + Excerpt.of(name) + " (expected: the name of a limit in the rules)");
    }
    return text;
  }
}
