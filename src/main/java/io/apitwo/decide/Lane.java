package io.apitwo.decide;

import io.apitwo.bus.Ask;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Return;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one shard of the store. While a flight is in the air everything that comes is
 * merged, equal charges of all loops into one demand; when it lands, what has gathered is the next
 * one. So an idle store answers after one round trip, and a busy one is asked as seldom as it can
 * answer. What it does not answer in time is decided without it ({@link Ladder}); an answer that
 * comes nevertheless is set off against that.
 *
 * <p>Confined to one event loop, and free of Vert.x.
 */
final class Lane {
  /** A store that takes longer to answer is far away rather than busy. */
  private static final long PATIENCE_NANOS = 2_000_000;

  private final Ladder ladder;
  private final int mostGroups;
  private final int mostFlights;
  private final Map<Charge, AskGroup> waiting = new LinkedHashMap<>();
  private final List<Flight> flying = new ArrayList<>();

  /** One loop's ask, and where its answer goes. */
  record Part(String replyTo, Ask ask) {}

  /** Demands that are being decided, in the order in which they came. */
  static final class Flight {
    private final List<AskGroup> groups;
    private int awaited;
    private final long sinceNanos;

    private Flight(List<AskGroup> groups, long sinceNanos) {
      this.groups = groups;
      this.awaited = groups.size();
      this.sinceNanos = sinceNanos;
    }

    List<Demand> demands() {
      List<Demand> demands = new ArrayList<>(groups.size());
      for (AskGroup group : groups) {
        demands.add(group.demand());
      }
      return demands;
    }
  }

  /**
   * @param ladder decides what the store does not
   * @param mostGroups how many demands fit into a flight
   * @param mostFlights how many may be in the air at once, beside those that nobody waits for
   */
  Lane(Ladder ladder, int mostGroups, int mostFlights) {
    this.ladder = ladder;
    this.mostGroups = mostGroups;
    this.mostFlights = mostFlights;
  }

  void add(String replyTo, Ask ask, long nowNanos) {
    AskGroup group = waiting.get(ask.charge());
    if (group == null) {
      group = new AskGroup(ask.charge(), nowNanos);
      waiting.put(ask.charge(), group);
    }
    group.add(new Part(replyTo, ask));
  }

  /** Whether nobody waits. */
  boolean isIdle() {
    return waiting.isEmpty() && flying.isEmpty();
  }

  /** How many demands wait for a flight. */
  int waiting() {
    return waiting.size();
  }

  /**
   * The next flight, if there is something to decide and leave to take off. While one is in the air
   * another one starts only when it is full or the first one takes long: a near store decides more
   * in one call than in two, and at less cost.
   */
  @Nullable Flight takeOff(long nowNanos) {
    if (waiting.isEmpty() || flying.size() >= mostFlights) {
      return null;
    }
    if (!flying.isEmpty()
        && waiting.size() < mostGroups
        && nowNanos - flying.get(flying.size() - 1).sinceNanos < PATIENCE_NANOS) {
      return null;
    }
    List<AskGroup> groups = new ArrayList<>(Math.min(mostGroups, waiting.size()));
    Iterator<AskGroup> first = waiting.values().iterator();
    while (first.hasNext() && groups.size() < mostGroups) {
      groups.add(first.next());
      first.remove();
    }
    Flight flight = new Flight(groups, nowNanos);
    flying.add(flight);
    return flight;
  }

  /**
   * Deals a flight's grants, first come first served; what the store could not say is decided
   * without it.
   *
   * @param grants one a demand; null where the store could not say, which leaves in doubt whether
   *     it has counted it
   * @param answers takes each part with its share, null for none
   * @return what was granted beyond what those got who have been answered before, to be given back
   */
  List<Return> land(
      Flight flight, List<@Nullable Grant> grants, BiConsumer<Part, @Nullable Grant> answers) {
    flying.remove(flight);
    List<Return> late = new ArrayList<>(0);
    for (int i = 0; i < flight.groups.size(); i++) {
      AskGroup group = flight.groups.get(i);
      Grant grant = grants.get(i);
      if (grant == null) {
        decide(group, answers);
      } else if (!group.givenUp) {
        group.deal(grant, answers);
        ladder.decided(group.charge, grant);
      } else {
        late.addAll(ladder.decidedLate(group.charge, group.local, grant));
      }
    }
    return late;
  }

  /**
   * Decides a flight without the store, which could not say anything.
   *
   * @param inDoubt whether the store may have counted it all the same
   * @param answers takes each part with its share, null for none
   */
  void crash(Flight flight, boolean inDoubt, BiConsumer<Part, @Nullable Grant> answers) {
    flying.remove(flight);
    for (AskGroup group : flight.groups) {
      decide(group, answers);
      if (!inDoubt) {
        ladder.remember(group.charge, group.local);
      }
    }
  }

  /** Decides without the store, once. */
  private void decide(AskGroup group, BiConsumer<Part, @Nullable Grant> answers) {
    if (!group.givenUp) {
      group.givenUp = true;
      group.local = ladder.decide(group.charge, group.count());
      group.deal(group.local, answers);
    }
  }

  /**
   * Decides without the store what has waited since before this instant.
   *
   * @param answers takes each part with its share, null for none
   */
  void giveUp(long beforeNanos, BiConsumer<Part, @Nullable Grant> answers) {
    Iterator<AskGroup> first = waiting.values().iterator();
    while (first.hasNext()) {
      AskGroup group = first.next();
      if (group.sinceNanos - beforeNanos >= 0) {
        break; // they wait in the order in which they came
      }
      first.remove();
      decideUnasked(group, answers);
    }
    giveUpFlying(group -> group.sinceNanos - beforeNanos < 0, answers);
  }

  /**
   * Decides without the store what nobody can be asked about now.
   *
   * @param answers takes each part with its share, null for none
   */
  void giveUp(Predicate<Charge> hopeless, BiConsumer<Part, @Nullable Grant> answers) {
    Iterator<AskGroup> each = waiting.values().iterator();
    while (each.hasNext()) {
      AskGroup group = each.next();
      if (hopeless.test(group.charge)) {
        each.remove();
        decideUnasked(group, answers);
      }
    }
    giveUpFlying(group -> hopeless.test(group.charge), answers);
  }

  private void decideUnasked(AskGroup group, BiConsumer<Part, @Nullable Grant> answers) {
    decide(group, answers);
    ladder.remember(group.charge, group.local);
  }

  private void giveUpFlying(Predicate<AskGroup> which, BiConsumer<Part, @Nullable Grant> answers) {
    for (Flight flight : flying) {
      for (AskGroup group : flight.groups) {
        if (!group.givenUp && which.test(group)) {
          decide(group, answers);
          flight.awaited--;
        }
      }
    }
    flying.removeIf(flight -> flight.awaited == 0);
  }
}
