package io.apitwo.admin;

import io.apitwo.config.AuthorityException;
import io.apitwo.config.RevisionConflictException;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.Problem;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place that says what a failure is answered with. */
final class Failures {
  private static final Logger log = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  static Answer answer(Throwable failure) {
    if (failure instanceof RefusedException refused) {
      return Answer.message(refused.status(), refused.getMessage());
    }
    if (failure instanceof InvalidDocumentException invalid) {
      JsonArray errors = new JsonArray();
      invalid.problems().forEach(problem -> errors.add(json(problem)));
      return Answer.json(422, new JsonObject().put("errors", errors));
    }
    if (failure instanceof RevisionConflictException conflict) {
      return Answer.message(412, conflict.getMessage()).tagged(conflict.current());
    }
    if (failure instanceof AuthorityException unreachable) {
      return Answer.message(503, extent(unreachable) + unreachable.getMessage())
          .with("Retry-After", "1");
    }
    log.error("a request to the admin API failed", failure);
    return Answer.message(500, "Internal error");
  }

  private static String extent(AuthorityException failure) {
    return failure.isInDoubt()
        ? "unknown whether it was made, look before you try again: "
        : "nothing changed: ";
  }

  private static JsonObject json(Problem problem) {
    return new JsonObject()
        .put("file", problem.file())
        .put("line", problem.line())
        .put("column", problem.column())
        .put("path", problem.path())
        .put("value", problem.value())
        .put("expected", problem.expected());
  }
}
