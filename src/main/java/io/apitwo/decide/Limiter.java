package io.apitwo.decide;

import io.apitwo.bus.Answer;
import io.apitwo.bus.Ask;
import io.apitwo.bus.Batch;
import io.apitwo.bus.Forget;
import io.apitwo.count.Charged;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Return;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
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

  private static final long RECENT_NANOS = 5_000_000_000L;

  private final Store store;
  private final LongSupplier nanoClock;
  private final Ladder ladder;
  private final long timeoutNanos;
  private final Lane[] lanes;
  private final Set<Lane> touched = new LinkedHashSet<>();
  private final Outbox outbox;
  private final LateCharges late;
  private final ReturnQueue returns;
  private final Sweeps sweeps;
  private boolean landing;
  private volatile boolean away;
  private volatile boolean failing;
  private volatile long failedNanos;

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
     * @param then takes what became of them, once
     */
    void charge(List<Hit> hits, Consumer<Charged> then);

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
    this.nanoClock = nanoClock;
    this.timeoutNanos = timeout.toNanos();
    this.outbox = new Outbox(outside);
    this.late = new LateCharges(store, ladder, outside, nanoClock, MOST_GROUPS);
    this.returns = new ReturnQueue(store::giveBack, MOST_GROUPS);
    this.sweeps = new Sweeps(outside, nanoClock, this::sweep);
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
    outbox.deliver();
  }

  private void decide(Lane.Part part) {
    Charge charge = part.ask().charge();
    Grant local = ladder.decide(charge, part.ask().count());
    ladder.remember(charge, local);
    outbox.add(part, local);
    late.chargeLater();
    failed();
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

  /** The store has forgotten what a client had used: what is remembered of before is void. */
  void forget(Forget forgotten) {
    ladder.forget(forgotten);
  }

  private void pump(Lane lane) {
    Lane.Flight flight = lane.takeOff(nanoClock.getAsLong());
    while (flight != null) {
      settle(lane, flight);
      flight = lane.takeOff(nanoClock.getAsLong());
    }
    if (!lane.isIdle()) {
      sweeps.start();
    }
  }

  private void settle(Lane lane, Lane.Flight flight) {
    List<Demand> demands = flight.demands();
    late.chargeBefore(demands);
    store.settle(
        demands,
        new Landing() {
          @Override
          public void granted(List<@Nullable Grant> grants) {
            if (failing) { // rarely, and others read it
              failing = false;
            }
            List<Return> unused = lane.land(flight, grants, outbox::add);
            if (!unused.isEmpty()) {
              returns.add(unused, () -> {});
            }
            landed(lane);
          }

          @Override
          public void failed(boolean inDoubt) {
            Limiter.this.failed();
            lane.crash(flight, inDoubt, outbox::add);
            landed(lane);
          }
        });
  }

  private void landed(Lane lane) {
    late.chargeLater();
    if (!landing) {
      landing = true; // a store that answers at once would land the next flight inside this one
      pump(lane);
      landing = false;
      outbox.deliver();
    }
  }

  /** Whoever can be asked now may be another than a moment ago. */
  void storeChanged() {
    away = !store.isAvailable();
    failing &= away;
    for (Lane lane : lanes) {
      lane.giveUp(charge -> !store.isAvailable(charge), outbox::add);
    }
    outbox.deliver();
    late.storeChanged();
  }

  /**
   * Whether decisions are made without the store now. One that is there and has refused something
   * is taken to be well again as soon as it decides, or when nobody has asked for a while. On any
   * thread.
   */
  boolean isDegraded() {
    return away || failing && nanoClock.getAsLong() - failedNanos < RECENT_NANOS;
  }

  private void failed() {
    failedNanos = nanoClock.getAsLong();
    failing = true;
  }

  /**
   * Decides without the store what has waited for too long.
   *
   * @return whether anybody waits still
   */
  private boolean sweep(boolean stoodStill) {
    long now = nanoClock.getAsLong();
    boolean waits = false;
    for (Lane lane : lanes) {
      if (!stoodStill) {
        lane.giveUp(now - timeoutNanos, outbox::add);
      }
      pump(lane);
      waits |= !lane.isIdle();
    }
    outbox.deliver();
    late.chargeLater();
    return waits;
  }
}
