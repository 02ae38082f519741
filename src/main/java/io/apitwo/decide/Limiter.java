package io.apitwo.decide;

import io.apitwo.bus.Answer;
import io.apitwo.bus.Ask;
import io.apitwo.bus.Batch;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Return;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one asker of a node's counter store: takes the loops' batches, keeps flights to the store in
 * the air ({@link Lane}) and answers each loop. Whoever has waited for {@code store.timeout} gets
 * an answer without the store ({@link Ladder}), and while nobody can be asked everyone gets it at
 * once. What passed so is charged when the store is back: that of a client with its next batch, the
 * rest little by little.
 *
 * <p>Confined to one thread. Time, store and messages are ports, so that a test can run it in time
 * of its own.
 */
final class Limiter {
  /** So many demands are decided in a moment, and the next flight need not wait for long. */
  private static final int MOST_GROUPS = 128;

  /** For a store that is far away. */
  private static final int MOST_FLIGHTS = 4;

  private static final int MOST_WAITING = 65_536;
  private static final long SWEEP_MILLIS = 5;

  /** A sweep that comes this much late means that the process stood still: answers may be there. */
  private static final long PAUSE_NANOS = 10_000_000;

  /** How long nothing more is charged after the store has refused it. */
  private static final long CHARGE_MILLIS = 100;

  private final Store store;
  private final Outside outside;
  private final LongSupplier nanoClock;
  private final Ladder ladder;
  private final long timeoutNanos;
  private final Lane[] lanes;
  private final Set<Lane> touched = new LinkedHashSet<>();
  private Map<String, List<Answer>> outbox = new HashMap<>();
  private final ReturnQueue returns;
  private boolean landing;
  private boolean sweeping;
  private boolean paused;
  private long sweepDueNanos;
  private boolean charging;
  private boolean chargesLater;
  private boolean refusesHits;
  private volatile boolean degraded;

  /** The counter store. Each call is answered once, at once or later, on the limiter's thread. */
  interface Store {
    /** How many batches can be under way side by side. */
    int lanes();

    /** In which lane a charge is decided, from 0. */
    int lane(Charge charge);

    /** Whether there is somebody to ask now for all that a charge needs. */
    boolean isAvailable(Charge charge);

    /** Whether there is somebody to ask now. */
    boolean isAvailable();

    /** Decides a batch, however late. */
    void settle(List<Demand> demands, Landing landing);

    /**
     * Charges what passed without the store; a batch that is asked for later comes later.
     *
     * @param uncharged takes those that were not charged for certain
     */
    void charge(List<Hit> hits, Consumer<List<Hit>> uncharged);

    /** Takes back; done when it has them, or has lost them. */
    void giveBack(List<Return> returns, Runnable done);
  }

  /** Takes what became of a batch; one of the two is called, once. */
  interface Landing {
    /**
     * @param grants one a demand, null where the store could not say
     */
    void granted(List<@Nullable Grant> grants);

    /**
     * The store could not say anything.
     *
     * @param inDoubt whether it may have counted the batch all the same
     */
    void failed(boolean inDoubt);
  }

  /** Loops and timers. */
  interface Outside {
    /** Sends answers to the loop that asked. */
    void answer(String loop, List<Answer> answers);

    /** Runs a task later, on the limiter's thread. */
    void after(long millis, Runnable task);
  }

  /**
   * @param ladder decides what the store does not
   * @param nanoClock elapsed time, as {@link System#nanoTime}
   * @param timeout how long a request may wait for the store's word
   */
  Limiter(Store store, Ladder ladder, Outside outside, LongSupplier nanoClock, Duration timeout) {
    this.store = store;
    this.ladder = ladder;
    this.outside = outside;
    this.nanoClock = nanoClock;
    this.timeoutNanos = timeout.toNanos();
    this.returns = new ReturnQueue(store::giveBack, MOST_GROUPS);
    this.lanes = new Lane[store.lanes()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new Lane(ladder, MOST_GROUPS, MOST_FLIGHTS);
    }
  }

  /** Takes what a loop asks for; each ask is answered once. */
  void take(Batch batch) {
    long now = nanoClock.getAsLong();
    for (Ask ask : batch.asks()) {
      Lane lane = lanes[store.lane(ask.charge())];
      if (lane.waiting() < MOST_WAITING && store.isAvailable(ask.charge())) {
        touched.add(lane);
        lane.add(batch.replyTo(), ask, now);
      } else {
        decide(new Lane.Part(batch.replyTo(), ask));
      }
    }
    touched.forEach(this::pump);
    touched.clear();
    deliver();
  }

  private void decide(Lane.Part part) {
    Charge charge = part.ask().charge();
    Grant local = ladder.decide(charge, part.ask().count());
    ladder.remember(charge, local);
    answer(part, local);
    chargeLater();
    degraded(true);
  }

  /** Takes back what loops held; done when the store has it, or has lost it. */
  void giveBack(List<Return> unspent, Runnable done) {
    List<Return> charged = new ArrayList<>(unspent.size());
    for (Return back : unspent) {
      if (back.receipt().isLocal()) {
        ladder.giveBack(back);
      } else {
        charged.add(back);
      }
    }
    returns.add(charged, done);
  }

  private void pump(Lane lane) {
    Lane.Flight flight = lane.takeOff(nanoClock.getAsLong());
    while (flight != null) {
      settle(lane, flight);
      flight = lane.takeOff(nanoClock.getAsLong());
    }
    if (!sweeping && !lane.isIdle()) {
      sweepLater();
    }
  }

  private void settle(Lane lane, Lane.Flight flight) {
    List<Demand> demands = flight.demands();
    if (ladder.hasHits() && !refusesHits) {
      charge(ladder.hitsOf(demands, nanoClock.getAsLong()), () -> {});
    }
    store.settle(
        demands,
        new Landing() {
          @Override
          public void granted(List<@Nullable Grant> grants) {
            degraded(false);
            List<Return> late = lane.land(flight, grants, Limiter.this::answer);
            if (!late.isEmpty()) {
              returns.add(late, () -> {});
            }
            landed(lane);
          }

          @Override
          public void failed(boolean inDoubt) {
            degraded(true);
            lane.crash(flight, inDoubt, Limiter.this::answer);
            landed(lane);
          }
        });
  }

  private void landed(Lane lane) {
    chargeLater();
    if (!landing) {
      landing = true; // a store that answers at once would land the next flight inside this one
      pump(lane);
      landing = false;
      deliver();
    }
  }

  /** Whoever can be asked now may be another than a moment ago. */
  void storeChanged() {
    degraded(!store.isAvailable());
    for (Lane lane : lanes) {
      lane.giveUp(charge -> !store.isAvailable(charge), this::answer);
    }
    deliver();
    refusesHits = false;
    chargeSome();
  }

  /** Whether decisions are made without the store now. On any thread. */
  boolean isDegraded() {
    return degraded;
  }

  private void degraded(boolean now) {
    if (degraded != now) {
      degraded = now;
    }
  }

  private void chargeLater() {
    if (!chargesLater && ladder.hasHits()) {
      chargesLater = true;
      outside.after(
          CHARGE_MILLIS,
          () -> {
            chargesLater = false;
            chargeSome();
          });
    }
  }

  /** Charges what nobody has asked about, one call at a time. */
  private void chargeSome() {
    if (charging || !store.isAvailable()) {
      chargeLater();
      return;
    }
    List<Hit> some = ladder.someHits(MOST_GROUPS, nanoClock.getAsLong());
    if (!some.isEmpty()) {
      charging = true;
      charge(
          some,
          () -> {
            charging = false;
            if (refusesHits) {
              chargeLater();
            } else {
              outside.after(1, this::chargeSome);
            }
          });
    }
  }

  private void charge(List<Hit> hits, Runnable done) {
    if (hits.isEmpty()) {
      return;
    }
    store.charge(
        hits,
        uncharged -> {
          ladder.charged(hits, uncharged);
          refusesHits = !uncharged.isEmpty();
          chargeLater();
          done.run();
        });
  }

  private void answer(Lane.Part part, @Nullable Grant grant) {
    outbox
        .computeIfAbsent(part.replyTo(), to -> new ArrayList<>())
        .add(new Answer(part.ask().ticket(), grant));
  }

  /** One message to each loop that something was decided for. */
  private void deliver() {
    if (outbox.isEmpty()) {
      return;
    }
    Map<String, List<Answer>> sent = outbox;
    outbox = new HashMap<>();
    sent.forEach(outside::answer);
  }

  private void sweepLater() {
    sweeping = true;
    sweepDueNanos = nanoClock.getAsLong() + SWEEP_MILLIS * 1_000_000;
    outside.after(SWEEP_MILLIS, this::sweep);
  }

  private void sweep() {
    sweeping = false;
    long now = nanoClock.getAsLong();
    paused = !paused && now - sweepDueNanos > PAUSE_NANOS; // let it pass once, not for ever
    boolean idle = true;
    for (Lane lane : lanes) {
      if (!paused) {
        lane.giveUp(now - timeoutNanos, this::answer);
      }
      pump(lane);
      idle &= lane.isIdle();
    }
    deliver();
    chargeLater();
    if (!idle && !sweeping) {
      sweepLater();
    }
  }
}
