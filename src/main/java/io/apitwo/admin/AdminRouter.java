package io.apitwo.admin;

import io.apitwo.telemetry.AdminMeter;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;

/**
 * Where groups of {@link Routes} put their operations: each is authorised, its body read and
 * checked, its failure answered and its change, or why there was none, written to the audit log
 * once it is known, the same way for all. Paths are written as {@code /admin/v1/limits/:name}.
 */
public final class AdminRouter {
  private final Router router;
  private final Executor loop;
  private final AuditLog audit;
  private final AdminMeter meter;

  /**
   * @param loop the event loop of the router
   */
  AdminRouter(Router router, Executor loop, AuditLog audit, AdminMeter meter) {
    this.router = router;
    this.loop = loop;
    this.audit = audit;
    this.meter = meter;
  }

  void get(String path, Operation operation) {
    on(HttpMethod.GET, path, Body.NONE, false, operation);
  }

  /** Changes a document: the operation heeds {@code dryRun} and {@code If-Match}. */
  void change(HttpMethod method, String path, Body body, Operation operation) {
    on(
        method,
        path,
        body,
        true,
        call -> {
          call.refuseParametersBut("dryRun");
          return operation.answer(call);
        });
  }

  /**
   * Changes something that has neither dry runs nor revisions to match: who asks for one is
   * refused, since nobody who wanted to look first shall find it done.
   *
   * @param parameters that it heeds behind the question mark
   */
  void order(HttpMethod method, String path, Body body, Operation operation, String... parameters) {
    on(
        method,
        path,
        body,
        true,
        call -> {
          call.refuseIfMatch();
          call.refuseParametersBut(parameters);
          return operation.answer(call);
        });
  }

  /** Changes nothing: a question that is too long for a path. */
  void ask(String path, Body body, Operation operation) {
    on(HttpMethod.POST, path, body, false, operation);
  }

  /** For what is not one answer, such as a stream of events; the handler ends the response. */
  void stream(String path, Handler<RoutingContext> handler) {
    router.get(path).handler(handler);
  }

  private void on(HttpMethod method, String path, Body body, boolean changes, Operation operation) {
    router.route(method, path).handler(context -> take(context, body, changes, operation));
  }

  private void take(RoutingContext context, Body body, boolean changes, Operation operation) {
    Future<Answer> answer;
    try {
      String type = body.type(context.request());
      answer =
          body.read(context.request())
              .compose(text -> step(() -> operation.answer(new Call(context, type, text))));
    } catch (RefusedException e) {
      answer = Future.failedFuture(e);
    }
    answer
        .otherwise(Failures::answer)
        .onSuccess(said -> loop.execute(() -> say(context, changes, said)));
  }

  /** On the event loop of the router, wherever the answer was found. */
  private void say(RoutingContext context, boolean changes, Answer answer) {
    meter.request(answer.outcome(changes && !Call.isDryRun(context)));
    if (changes) {
      audit.change(context, answer);
    }
    answer.send(context.response());
  }

  /** A step that may throw instead of failing its future. */
  static Future<Answer> step(Callable<Future<Answer>> step) {
    try {
      return step.call();
    } catch (Exception e) {
      return Future.failedFuture(e);
    }
  }
}
