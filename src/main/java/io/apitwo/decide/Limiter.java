package io.apitwo.decide;

import io.apitwo.bus.Answer;
import io.apitwo.bus.Ask;
import io.apitwo.bus.Batch;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
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
 * the air ({@link Lane}) and answers each loop. Whoever has waited for {@code store.timeout} is
 * told that there is no answer.
 *
 * <p>Confined to one thread. Time, store and messages are ports, so that a test can run it in time
 * of its own.
 */
final class Limiter {
  /** So many demands are decided in a moment, and the next flight need not wait for long. */
  private static final int MOST_GROUPS = 128;

  /** One being decided and one on its way. */
  private static final int MOST_FLIGHTS = 2;

  private static final int MOST_WAITING = 65_536;
  private static final long SWEEP_MILLIS = 5;

  /** A sweep that comes this much late means that the process stood still: answers may be there. */
  private static final long PAUSE_NANOS = 10_000_000;

  private final Store store;
  private final Outside outside;
  private final LongSupplier nanoClock;
  private final long timeoutNanos;
  private final Lane[] lanes;
  private final Set<Lane> touched = new LinkedHashSet<>();
  private Map<String, List<Answer>> outbox = new HashMap<>();
  private final ReturnQueue returns;
  private boolean landing;
  private boolean sweeping;
  private boolean paused;
  private long sweepDueNanos;

  /** The counter store. Each call is answered once, at once or later, on the limiter's thread. */
  interface Store {
    /** How many batches can be under way side by side. */
    int lanes();

    /** In which lane a charge is decided, from 0. */
    int lane(Charge charge);

    /**
     * Decides a batch.
     *
     * @param grants takes one a demand, null where the store could not say; an empty list when it
     *     could not say anything
     */
    void settle(List<Demand> demands, Consumer<List<@Nullable Grant>> grants);

    /** Takes back; done when it has them, or has lost them. */
    void giveBack(List<Return> returns, Runnable done);
  }

  /** Loops and timers. */
  interface Outside {
    /** Sends answers to the loop that asked. */
    void answer(String loop, List<Answer> answers);

    /** Runs a task later, on the limiter's thread. */
    void after(long millis, Runnable task);
  }

  /**
   * @param nanoClock elapsed time, as {@link System#nanoTime}
   * @param timeout how long a request may wait for the store's word
   */
  Limiter(Store store, Outside outside, LongSupplier nanoClock, Duration timeout) {
    this.store = store;
    this.outside = outside;
    this.nanoClock = nanoClock;
    this.timeoutNanos = timeout.toNanos();
    this.returns = new ReturnQueue(store::giveBack, MOST_GROUPS);
    this.lanes = new Lane[store.lanes()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new Lane(MOST_GROUPS, MOST_FLIGHTS);
    }
  }

  /** Takes what a loop asks for; each ask is answered once. */
  void take(Batch batch) {
    long now = nanoClock.getAsLong();
    for (Ask ask : batch.asks()) {
      Lane lane = lanes[store.lane(ask.charge())];
      touched.add(lane);
      if (lane.waiting() < MOST_WAITING) {
        lane.add(batch.replyTo(), ask, now);
      } else {
        answer(new Lane.Part(batch.replyTo(), ask), null);
      }
    }
    touched.forEach(this::pump);
    touched.clear();
    deliver();
  }

  /** Takes back what loops held; done when the store has it, or has lost it. */
  void giveBack(List<Return> unspent, Runnable done) {
    returns.add(unspent, done);
  }

  private void pump(Lane lane) {
    Lane.Flight flight = lane.takeOff();
    while (flight != null) {
      Lane.Flight next = flight;
      store.settle(next.demands(), grants -> land(lane, next, grants));
      flight = lane.takeOff();
    }
    if (!sweeping && !lane.isIdle()) {
      sweepLater();
    }
  }

  private void land(Lane lane, Lane.Flight flight, List<@Nullable Grant> grants) {
    List<Return> late = lane.land(flight, grants, this::answer);
    if (!late.isEmpty()) {
      returns.add(late, () -> {});
    }
    if (!landing) {
      landing = true; // a store that answers at once would land the next flight inside this one
      pump(lane);
      landing = false;
      deliver();
    }
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
      idle &= lane.isIdle();
    }
    deliver();
    if (!idle) {
      sweepLater();
    }
  }
}
