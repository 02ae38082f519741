package io.apitwo.decide;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The requests that ended in one turn of a loop and held permits, equal charges together: for 1,000
 * of one client the limiter hears of one return.
 *
 * <p>Confined to one event loop, and free of Vert.x.
 */
final class Endings {
  private final Map<Charge, Ended> open = new LinkedHashMap<>();
  private final List<Return> closed = new ArrayList<>();

  private static final class Ended {
    final Receipt receipt;
    long count;

    Ended(Receipt receipt) {
      this.receipt = receipt;
    }

    /** Permits know no windows: what was charged in another minute is the same to them. */
    boolean isOf(Receipt other) {
      return receipt.session() == other.session()
          && Arrays.equals(receipt.epochs(), other.epochs());
    }

    Return toReturn(Charge charge) {
      return new Return(charge, count, receipt, true);
    }
  }

  /**
   * Notes the end of a request that was let pass.
   *
   * @return whether it is the first of a new batch, which somebody must now see off with {@link
   *     #take}
   */
  boolean add(Decision decision) {
    boolean first = open.isEmpty();
    Charge charge = decision.charge();
    Receipt receipt = decision.standing().receipt();
    Ended ended = open.get(charge);
    if (ended != null && !ended.isOf(receipt)) {
      closed.add(ended.toReturn(charge));
      ended = null;
    }
    if (ended == null) {
      ended = new Ended(receipt);
      open.put(charge, ended);
    }
    ended.count++;
    return first;
  }

  /** What is to be released, each thing once. */
  List<Return> take() {
    if (open.isEmpty()) {
      return List.of();
    }
    open.forEach((charge, ended) -> closed.add(ended.toReturn(charge)));
    List<Return> taken = List.copyOf(closed);
    open.clear();
    closed.clear();
    return taken;
  }
}
