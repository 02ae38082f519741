package io.apitwo.decide;

import io.apitwo.decide.Lane.Part;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Equal charges of several loops, which get one answer. Confined to one event loop. */
final class AskGroup {
  final Charge charge;
  final long sinceNanos;
  boolean givenUp;

  /** What was decided in the store's stead when it was given up. */
  @Nullable Grant local;

  private final List<Part> parts = new ArrayList<>(2);
  private int count;
  private int wish;

  /**
   * @param sinceNanos when the first of them came, on the nano clock
   */
  AskGroup(Charge charge, long sinceNanos) {
    this.charge = charge;
    this.sinceNanos = sinceNanos;
  }

  void add(Part part) {
    parts.add(part);
    count += part.ask().count();
    wish += part.ask().wish();
  }

  /** How many charges it has. */
  int count() {
    return count;
  }

  Demand demand() {
    return new Demand(charge, count, wish);
  }

  /**
   * Deals a grant to the loops, first come first served; what is leased by their wishes.
   *
   * @param answers takes each part with its share, null for none
   */
  void deal(@Nullable Grant grant, BiConsumer<Part, @Nullable Grant> answers) {
    if (grant == null || parts.size() == 1) {
      for (Part part : parts) {
        answers.accept(part, grant);
      }
      return;
    }
    int before = 0;
    int leaseLeft = grant.leased();
    int wishLeft = wish;
    for (Part part : parts) {
      int wished = part.ask().wish();
      int lease = wishLeft == 0 ? 0 : (int) ((long) leaseLeft * wished / wishLeft);
      answers.accept(part, grant.share(before, part.ask().count(), lease));
      before += part.ask().count();
      leaseLeft -= lease;
      wishLeft -= wished;
    }
  }
}
