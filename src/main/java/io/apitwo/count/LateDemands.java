package io.apitwo.count;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Return;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Hits that are charged as ordinary demands of limits that nothing exceeds: those of sliding
 * windows, of tokens, and of windows with a phase. What would count in another window than it
 * passed in goes back, as far as its algorithm takes anything back.
 */
final class LateDemands {
  private final List<Hit> hits;
  private final List<Demand> demands = new ArrayList<>();
  private final List<Long> windows = new ArrayList<>();

  LateDemands(List<Hit> hits) {
    this.hits = hits;
    for (Hit hit : hits) {
      for (int i = 0; i < hit.amounts().length; i++) {
        add(hit.unit(i), hit.windows()[i], hit.amounts()[i]);
      }
    }
  }

  private void add(Charge unit, long window, long amount) {
    for (long rest = amount; rest > 0; rest -= Integer.MAX_VALUE) {
      demands.add(new Demand(unit, (int) Math.min(rest, Integer.MAX_VALUE)));
      windows.add(window);
    }
  }

  /**
   * @return what became of the hits; does not fail
   */
  Future<Charged> charge(
      Function<List<Demand>, Future<List<@Nullable Grant>>> settle,
      Function<List<Return>, Future<Void>> giveBack) {
    return settle
        .apply(demands)
        .compose(grants -> giveBack.apply(misplaced(grants)))
        .map(done -> Charged.ALL)
        .otherwise(cause -> Charged.failed(hits, cause));
  }

  private List<Return> misplaced(List<@Nullable Grant> grants) {
    List<Return> misplaced = new ArrayList<>();
    for (int i = 0; i < grants.size(); i++) {
      Grant grant = grants.get(i);
      if (grant != null
          && grant.granted() > 0
          && grant.standing().receipt().windows()[0] != windows.get(i)) {
        misplaced.add(
            new Return(demands.get(i).charge(), grant.granted(), grant.standing().receipt()));
      }
    }
    return misplaced;
  }
}
