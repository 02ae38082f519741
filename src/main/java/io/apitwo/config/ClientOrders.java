package io.apitwo.config;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is ordered for single clients on all nodes: puts into force what is told, ends by itself
 * what is over, with nobody asked, and changes it.
 *
 * <p>For any thread.
 */
public final class ClientOrders {
  private static final Logger log = LoggerFactory.getLogger(ClientOrders.class);
  private static final long TICK_MILLIS = 100;
  private static final long RETRY_MILLIS = 100;
  private static final int ATTEMPTS = 50;

  private final Vertx vertx;
  private final SharedDocument document;
  private final AdjustedRules rules;
  private final Consumer<Orders.Reset> onReset;
  private final InstantSource clock;
  private final long timer;
  private volatile Orders orders = Orders.NONE;

  /**
   * @param document that all nodes have alike; not deployed yet
   * @param rules what the orders adjust
   * @param onReset told once of each reset, on the config verticle's context
   * @param clock wall time
   */
  public ClientOrders(
      Vertx vertx,
      SharedDocument document,
      AdjustedRules rules,
      Consumer<Orders.Reset> onReset,
      InstantSource clock) {
    this.vertx = vertx;
    this.document = document;
    this.rules = rules;
    this.onReset = onReset;
    this.clock = clock;
    document.onChange(this::take);
    this.timer = vertx.setPeriodic(TICK_MILLIS, tick -> endWhatIsOver());
  }

  /** Nothing ends by itself any more. */
  public void close() {
    vertx.cancelTimer(timer);
  }

  /** What holds now. */
  public Orders current() {
    return orders.at(clock.instant());
  }

  /** The number of those that this node knows; 0 before the first. */
  public long revision() {
    return document.current().map(Entry::number).orElse(0L);
  }

  private synchronized void take(Entry entry) {
    Orders told;
    try {
      told = Orders.read(entry.text());
    } catch (IllegalArgumentException e) {
      log.error(
          "orders for clients cannot be read, the last ones stay: revision={}", entry.number());
      return;
    }
    List<Orders.Reset> known = orders.resets();
    orders = told.at(clock.instant());
    rules.adjust(orders.adjustments());
    Set<Orders.Reset> fresh = new HashSet<>(orders.resets());
    known.forEach(fresh::remove);
    fresh.forEach(onReset);
  }

  private synchronized void endWhatIsOver() {
    orders = new Orders(orders.adjustments().at(clock.instant()), orders.resets());
    rules.adjust(orders.adjustments());
  }

  /**
   * Changes the orders on every node.
   *
   * @param actor who wants it
   * @return as {@link SharedDocument#replace}
   */
  public Future<Pushed> change(String actor, UnaryOperator<Orders> change) {
    Promise<Pushed> changed = Promise.promise();
    change(actor, change, ATTEMPTS, changed);
    return changed.future();
  }

  /** Others may change them meanwhile, and then it is tried again with what they made. */
  private void change(
      String actor, UnaryOperator<Orders> change, int attempts, Promise<Pushed> changed) {
    Entry before = document.current().orElse(null);
    long number = before == null ? 0 : before.number();
    String text = change.apply(before == null ? Orders.NONE : last(before)).write();
    document
        .replace(new Push(text, "admin", actor, number, false))
        .onComplete(
            (pushed, failure) -> {
              if (failure instanceof RevisionConflictException && attempts > 1) {
                vertx.setTimer(RETRY_MILLIS, later -> change(actor, change, attempts - 1, changed));
              } else {
                changed.complete(pushed, failure);
              }
            });
  }

  private Orders last(Entry entry) {
    try {
      return Orders.read(entry.text()).at(clock.instant());
    } catch (IllegalArgumentException e) {
      return current();
    }
  }
}
