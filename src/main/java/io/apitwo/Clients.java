package io.apitwo;

import io.apitwo.admin.ClientRoutes;
import io.apitwo.bus.Addresses;
import io.apitwo.bus.Forget;
import io.apitwo.bus.Look;
import io.apitwo.bus.Looked;
import io.apitwo.bus.Reset;
import io.apitwo.config.AdjustedRules;
import io.apitwo.config.AuthorityException;
import io.apitwo.config.Candidate;
import io.apitwo.config.ClientOrders;
import io.apitwo.config.ConfigVerticle;
import io.apitwo.config.Orders;
import io.apitwo.count.CounterStore;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.proxy.ClientLimits;
import io.apitwo.proxy.ProxyVerticle;
import io.apitwo.rules.Rules;
import io.apitwo.telemetry.TopClients;
import io.apitwo.telemetry.TrialDiff;
import io.apitwo.telemetry.TrialTally;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What an operator sees of single clients and does to them, put together. Wiring only. */
final class Clients {
  private final Vertx vertx;
  private final CounterStore store;

  /** The resets that came through this node and are not told yet. */
  private final Set<String> own = ConcurrentHashMap.newKeySet();

  private final AdjustedRules rules;
  private final ClientOrders orders;
  private final Candidate candidate;

  /**
   * Before the config verticle is deployed.
   *
   * @param active the rules in force
   * @param config has the orders for single clients, and the rules on trial
   */
  Clients(Vertx vertx, Supplier<Rules> active, ConfigVerticle config, CounterStore store) {
    this.vertx = vertx;
    this.store = store;
    this.rules = new AdjustedRules(active);
    this.orders =
        new ClientOrders(
            vertx, config.document("adjustments"), rules, this::forget, InstantSource.system());
    this.candidate = new Candidate(vertx, config.document("candidate"), rules);
  }

  /** The rules on trial. */
  Candidate candidate() {
    return candidate;
  }

  /** What the rules on trial would have done differently, on all loops. */
  static Future<TrialDiff> trial(List<ProxyVerticle> loops, int most) {
    List<Future<TrialTally.Seen>> seen = loops.stream().map(ProxyVerticle::trialSoFar).toList();
    return Future.all(seen)
        .map(all -> TrialTally.together(seen.stream().map(Future::result).toList(), most));
  }

  /** Lets go of its timers. */
  void close() {
    orders.close();
  }

  /** What requests see: the rules in force, adjusted for single clients. */
  Supplier<Rules> rules() {
    return rules;
  }

  ClientRoutes routes() {
    ClientLimits limits = new ClientLimits(this::look, store::dividedBy);
    return new ClientRoutes(rules, limits::usage, this::reset, orders, InstantSource.system());
  }

  /** Where the buckets of charges stand; null where nobody knows. */
  Future<List<@Nullable Standing>> look(List<Charge> charges) {
    return vertx
        .eventBus()
        .<Looked>request(Addresses.LOOK, new Look(charges), Addresses.local(Look.class))
        .map(message -> message.body().standings());
  }

  /** The clients of each limit that come most often, on all loops. */
  static Future<TopClients.Top> top(
      List<ProxyVerticle> loops, @Nullable String limit, TopClients.By by, int most) {
    List<Future<TopClients.Seen>> seen = loops.stream().map(loop -> loop.top(limit, by)).toList();
    return Future.all(seen)
        .map(all -> TopClients.Seen.together(seen.stream().map(Future::result).toList(), most));
  }

  private Future<String> reset(Rules current, String client, @Nullable String limit) {
    String id = UUID.randomUUID().toString();
    own.add(id);
    return reset(ClientLimits.subjects(current, client, limit))
        .map(id)
        .onFailure(undone -> own.remove(id));
  }

  private Future<Void> reset(List<Subject> subjects) {
    return vertx
        .eventBus()
        .request(Addresses.RESET, new Reset(subjects), Addresses.local(Reset.class))
        .<Void>mapEmpty()
        .recover(
            failure ->
                Future.failedFuture(
                    AuthorityException.inDoubt("the counter store gives no answer")));
  }

  /** Somebody has reset counts: where each node counts for itself, this one's are not yet. */
  private void forget(Orders.Reset reset) {
    List<Subject> subjects = ClientLimits.subjects(rules.get(), reset.client(), reset.limit());
    if (own.remove(reset.id()) || store.isShared()) {
      forget(reset.client(), subjects);
    } else {
      reset(subjects).onComplete(done -> forget(reset.client(), subjects));
    }
  }

  private void forget(String client, List<Subject> subjects) {
    vertx
        .eventBus()
        .publish(Addresses.FORGET, new Forget(client, subjects), Addresses.local(Forget.class));
  }
}
