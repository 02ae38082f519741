package io.apitwo.decide;

import io.apitwo.count.Charged;
import io.apitwo.count.EmbeddedStore;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A store that counts well and whose answers come when a test wants them, or not at all. */
final class UnsteadyStore implements Limiter.Store {
  /** What becomes of a batch. */
  enum Fate {
    ANSWERED,
    /** Counted, and the answer waits for {@link #deliver}. */
    HELD,
    /** Counted, and nobody will ever know. */
    LOST,
    /** Neither sent nor counted. */
    REFUSED
  }

  final List<Integer> chargeCalls = new ArrayList<>();
  private final EmbeddedStore counts;
  private final VirtualTime time;
  private final List<Runnable> held = new ArrayList<>();
  Fate fate = Fate.ANSWERED;
  boolean available = true;
  long latencyMillis = 1;
  long lost;

  UnsteadyStore(VirtualTime time) {
    this.time = time;
    this.counts = new EmbeddedStore(time::instant, time::nanos, 100_000, 2);
  }

  @Override
  public int lanes() {
    return 1;
  }

  @Override
  public int lane(Charge charge) {
    return 0;
  }

  @Override
  public boolean isAvailable(Charge charge) {
    return available;
  }

  @Override
  public boolean isAvailable() {
    return available;
  }

  @Override
  public void settle(List<Demand> demands, Limiter.Landing landing) {
    if (fate == Fate.REFUSED || !available) {
      landing.failed(false);
      return;
    }
    List<@Nullable Grant> grants = counts.settle(demands).result();
    switch (fate) {
      case HELD -> held.add(() -> landing.granted(grants));
      case LOST -> {
        lost += grants.stream().mapToLong(grant -> grant.granted() + grant.leased()).sum();
        time.after(latencyMillis, () -> landing.failed(true));
      }
      default -> time.after(latencyMillis, () -> landing.granted(grants));
    }
  }

  /** The answers that were held come now. */
  void deliver() {
    List<Runnable> answers = List.copyOf(held);
    held.clear();
    answers.forEach(Runnable::run);
  }

  @Override
  public void charge(List<Hit> hits, Consumer<Charged> then) {
    chargeCalls.add(hits.size());
    if (fate == Fate.REFUSED || !available) {
      then.accept(Charged.undone(hits));
    } else {
      counts.charge(hits);
      Charged what = fate == Fate.LOST ? Charged.inDoubt(hits) : Charged.ALL;
      time.after(latencyMillis, () -> then.accept(what));
    }
  }

  @Override
  public void giveBack(List<Return> returns, Runnable done) {
    counts.giveBack(returns);
    done.run();
  }

  /** What is counted of a client in the current window of a limit. */
  long used(Subject subject, Window window) {
    Limit endless = new Limit(subject.limit().name(), List.of(Quota.of(window, Quota.MOST)));
    Charge peek = new Charge(List.of(new Subject(endless, subject.client())), 1);
    return Quota.MOST - counts.settle(List.of(new Demand(peek, 0))).result().get(0).left(0);
  }
}
