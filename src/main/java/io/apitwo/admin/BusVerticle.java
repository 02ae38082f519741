package io.apitwo.admin;

import io.apitwo.admin.Doorkeeper.Visitor;
import io.apitwo.bus.Addresses;
import io.apitwo.config.Push;
import io.apitwo.config.Rulebook;
import io.apitwo.telemetry.AdminMeter;
import io.apitwo.telemetry.AdminMeter.Outcome;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The same door as {@code PUT /admin/v1/rules}, for peers on the cluster's event bus: who holds the
 * token may push at {@link Addresses#RULES_PUSH}. The reply is the body of the HTTP answer; a
 * failure has its status as code and its body as message. Nobody can tell peers on the bus apart:
 * after too many wrong tokens all of them wait.
 */
public final class BusVerticle extends VerticleBase {
  private static final String WHO = "event bus";
  private static final Visitor PEERS = new Visitor(WHO, "\"" + WHO + "\"", Addresses.RULES_PUSH);
  private static final Set<String> KEYS = Set.of("token", "rules", "ifMatch", "dryRun");
  private static final String EXPECTED = "(expected: {token, rules, ifMatch?, dryRun?})";

  private final Rulebook rulebook;
  private final AuditLog audit = new AuditLog();
  private final AdminMeter meter;
  private final Doorkeeper keeper;

  public BusVerticle(AdminToken token, Rulebook rulebook, AdminMeter meter) {
    this.rulebook = rulebook;
    this.meter = meter;
    this.keeper = new Doorkeeper(token, System::nanoTime, audit, meter);
  }

  @Override
  public Future<?> start() {
    return vertx.eventBus().consumer(Addresses.RULES_PUSH, this::take).completion();
  }

  private void take(Message<Object> message) {
    Answer refusal = refusal(message.body());
    if (refusal != null) {
      message.fail(refusal.status(), refusal.body().toString());
      return;
    }
    JsonObject json = (JsonObject) message.body();
    pushed(json).otherwise(Failures::answer).onSuccess(answer -> say(message, json, answer));
  }

  /** Why somebody is not let in; null when they are. */
  private @Nullable Answer refusal(@Nullable Object body) {
    long wait = keeper.waitSeconds(PEERS);
    if (wait > 0) {
      return Answer.message(429, "too many wrong tokens on the event bus, for " + wait + " s");
    }
    if (!(body instanceof JsonObject json)) {
      keeper.refused(PEERS, 400, Outcome.TOKEN, "no JSON object");
      return Answer.message(400, "the message is no JSON object " + EXPECTED);
    }
    Object given = json.getValue("token");
    if (given instanceof String text && keeper.opens("Bearer " + text)) {
      return null;
    }
    if (given == null) {
      keeper.refused(PEERS, 401, Outcome.TOKEN, "no token");
    } else {
      keeper.wrong(PEERS);
    }
    return Answer.message(401, "Unauthorized");
  }

  private void say(Message<Object> message, JsonObject json, Answer answer) {
    boolean dryRun = Boolean.TRUE.equals(json.getValue("dryRun"));
    meter.request(answer.outcome(!dryRun));
    audit.change(PEERS.who(), PEERS.what() + (dryRun ? "?dryRun=true" : ""), answer);
    if (answer.status() == 200) {
      message.reply(answer.body().toJsonObject());
    } else {
      message.fail(answer.status(), answer.body().toString());
    }
  }

  private Future<Answer> pushed(JsonObject json) {
    try {
      Push push = push(json);
      return rulebook.push(push).map(done -> Changes.answer(done, push.dryRun()));
    } catch (RefusedException e) {
      return Future.failedFuture(e);
    }
  }

  private static Push push(JsonObject json) throws RefusedException {
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
}
