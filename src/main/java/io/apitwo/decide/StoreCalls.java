package io.apitwo.decide;

import io.apitwo.count.Charged;
import io.apitwo.count.CounterStore;
import io.apitwo.count.StoreUnavailableException;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Return;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A counter store as the limiter asks it. Confined to the limiter's event loop. */
final class StoreCalls implements Limiter.Store {
  private static final Logger log = LoggerFactory.getLogger(StoreCalls.class);

  private final CounterStore store;

  StoreCalls(CounterStore store) {
    this.store = store;
  }

  @Override
  public int lanes() {
    return store.lanes();
  }

  @Override
  public int lane(Charge charge) {
    return store.lane(charge);
  }

  @Override
  public boolean isAvailable(Charge charge) {
    return store.isAvailable(charge);
  }

  @Override
  public boolean isAvailable() {
    return store.isAvailable();
  }

  @Override
  public void settle(List<Demand> demands, Limiter.Landing landing) {
    ask(demands)
        .onComplete(
            landing::granted, cause -> landing.failed(StoreUnavailableException.isInDoubt(cause)));
  }

  private Future<List<@Nullable Grant>> ask(List<Demand> demands) {
    try {
      return store.settle(demands);
    } catch (OutOfMemoryError last) {
      throw last; // ends the process
    } catch (Throwable bug) { // an Error too: whatever happens, those who wait get an answer
      log.error("the {} store failed on a batch of {}", store.name(), demands.size(), bug);
      return Future.failedFuture(bug);
    }
  }

  @Override
  public void charge(List<Hit> hits, Consumer<Charged> then) {
    store.charge(hits).onComplete(then::accept, bug -> then.accept(Charged.inDoubt(hits)));
  }

  @Override
  public void giveBack(List<Return> returns, Runnable done) {
    store.giveBack(returns).onComplete(given -> done.run());
  }
}
