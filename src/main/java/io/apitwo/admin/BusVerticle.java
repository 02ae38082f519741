package io.apitwo.admin;

import io.apitwo.bus.Addresses;
import io.apitwo.config.Push;
import io.apitwo.config.Rulebook;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The same door as {@code PUT /admin/v1/rules}, for peers on the cluster's event bus: who holds the
 * token may push at {@link Addresses#RULES_PUSH}. The reply is the body of the HTTP answer; a
 * failure has its status as code and its body as message.
 */
public final class BusVerticle extends VerticleBase {
  private static final Logger audit = LoggerFactory.getLogger("io.apitwo.audit");
  private static final String WHO = "event bus";
  private static final Set<String> KEYS = Set.of("token", "rules", "ifMatch", "dryRun");
  private static final String EXPECTED = "(expected: {token, rules, ifMatch?, dryRun?})";

  private final AdminToken token;
  private final Rulebook rulebook;

  public BusVerticle(AdminToken token, Rulebook rulebook) {
    this.token = token;
    this.rulebook = rulebook;
  }

  @Override
  public Future<?> start() {
    return vertx.eventBus().consumer(Addresses.RULES_PUSH, this::take).completion();
  }

  private void take(Message<Object> message) {
    pushed(message.body())
        .otherwise(Failures::answer)
        .onSuccess(
            answer -> {
              log(answer);
              if (answer.status() == 200) {
                message.reply(answer.body().toJsonObject());
              } else {
                message.fail(answer.status(), answer.body().toString());
              }
            });
  }

  private Future<Answer> pushed(Object body) {
    try {
      Push push = push(body);
      return rulebook.push(push).map(done -> Changes.answer(done, push.dryRun()));
    } catch (RefusedException e) {
      return Future.failedFuture(e);
    }
  }

  private Push push(Object body) throws RefusedException {
    if (!(body instanceof JsonObject json)) {
      throw new RefusedException(400, "the message is no JSON object " + EXPECTED);
    }
    if (!(json.getValue("token") instanceof String given && token.matches("Bearer " + given))) {
      throw new RefusedException(401, "Unauthorized");
    }
    if (!KEYS.containsAll(json.fieldNames())) {
      throw new RefusedException(400, "an unknown key " + EXPECTED);
    }
    if (!(json.getValue("rules") instanceof String rules)) {
      throw new RefusedException(400, "rules: no text (expected: a rules document)");
    }
    if (!(json.getValue("dryRun", false) instanceof Boolean dryRun)) {
      throw new RefusedException(400, "dryRun: not understood (expected: true or false)");
    }
    return new Push(rules, WHO, WHO, ifMatch(json.getValue("ifMatch")), dryRun);
  }

  private static @Nullable Long ifMatch(@Nullable Object value) throws RefusedException {
    if (value == null) {
      return null;
    }
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    throw new RefusedException(400, "ifMatch: no number (expected: a revision)");
  }

  private static void log(Answer answer) {
    audit.info(
        "change who=\"{}\" what=\"{}\" status={} revision={}",
        WHO,
        Addresses.RULES_PUSH,
        answer.status(),
        answer.revision() == null ? "-" : answer.revision());
  }
}
