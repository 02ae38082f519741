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
import org.jspecify.annotations.Nullable;

/**
 * What waits for one shard of the store. While a flight is in the air everything that comes is
 * merged, equal charges of all loops into one demand; when it lands, what has gathered is the next
 * one. So an idle store answers after one round trip, and a busy one is asked as seldom as it can
 * answer.
 *
 * <p>Confined to one event loop, and free of Vert.x.
 */
final class Lane {
  /** A store that takes longer to answer is far away rather than busy. */
  private static final long PATIENCE_NANOS = 2_000_000;

  private final int mostGroups;
  private final int mostFlights;
  private final Map<Charge, Group> waiting = new LinkedHashMap<>();
  private final List<Flight> flying = new ArrayList<>();

  /** One loop's ask, and where its answer goes. */
  record Part(String replyTo, Ask ask) {}

  /** Equal charges of several loops. */
  private static final class Group {
    final Charge charge;
    final long sinceNanos;
    final List<Part> parts = new ArrayList<>(2);
    int count;
    int wish;
    boolean givenUp;

    Group(Charge charge, long sinceNanos) {
      this.charge = charge;
      this.sinceNanos = sinceNanos;
    }

    void add(Part part) {
      parts.add(part);
      count += part.ask().count();
      wish += part.ask().wish();
    }
  }

  /** Demands that are being decided, in the order in which they came. */
  static final class Flight {
    private final List<Group> groups;
    private final long sinceNanos;

    private Flight(List<Group> groups, long sinceNanos) {
      this.groups = groups;
      this.sinceNanos = sinceNanos;
    }

    List<Demand> demands() {
      List<Demand> demands = new ArrayList<>(groups.size());
      for (Group group : groups) {
        demands.add(new Demand(group.charge, group.count, group.wish));
      }
      return demands;
    }
  }

  /**
   * @param mostGroups how many demands fit into a flight
   * @param mostFlights how many may be in the air at once
   */
  Lane(int mostGroups, int mostFlights) {
    this.mostGroups = mostGroups;
    this.mostFlights = mostFlights;
  }

  void add(String replyTo, Ask ask, long nowNanos) {
    Group group = waiting.get(ask.charge());
    if (group == null) {
      group = new Group(ask.charge(), nowNanos);
      waiting.put(ask.charge(), group);
    }
    group.add(new Part(replyTo, ask));
  }

  /** Whether nothing waits and nothing flies. */
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
    List<Group> groups = new ArrayList<>(Math.min(mostGroups, waiting.size()));
    Iterator<Group> first = waiting.values().iterator();
    while (first.hasNext() && groups.size() < mostGroups) {
      groups.add(first.next());
      first.remove();
    }
    Flight flight = new Flight(groups, nowNanos);
    flying.add(flight);
    return flight;
  }

  /**
   * Deals a flight's grants, first come first served.
   *
   * @param grants one a demand; null where the store could not say; an empty list when it could not
   *     say anything
   * @param answers takes each part with its share, null for none
   * @return what was granted to those who have been told before that there was no answer
   */
  List<Return> land(
      Flight flight, List<@Nullable Grant> grants, BiConsumer<Part, @Nullable Grant> answers) {
    flying.remove(flight);
    List<Return> late = new ArrayList<>(0);
    for (int i = 0; i < flight.groups.size(); i++) {
      Group group = flight.groups.get(i);
      Grant grant = grants.isEmpty() ? null : grants.get(i);
      if (!group.givenUp) {
        deal(group, grant, answers);
      } else if (grant != null && grant.granted() + grant.leased() > 0) {
        int unused = grant.granted() + grant.leased();
        late.add(new Return(group.charge, unused, grant.standing().receipt()));
      }
    }
    return late;
  }

  private static void deal(
      Group group, @Nullable Grant grant, BiConsumer<Part, @Nullable Grant> answers) {
    if (grant == null || group.parts.size() == 1) {
      for (Part part : group.parts) {
        answers.accept(part, grant);
      }
      return;
    }
    int before = 0;
    int leaseLeft = grant.leased();
    int wishLeft = group.wish;
    for (Part part : group.parts) {
      int wish = part.ask().wish();
      int lease = wishLeft == 0 ? 0 : (int) ((long) leaseLeft * wish / wishLeft);
      answers.accept(part, grant.share(before, part.ask().count(), lease));
      before += part.ask().count();
      leaseLeft -= lease;
      wishLeft -= wish;
    }
  }

  /** Tells everybody who has waited since before this instant that there is no answer. */
  void giveUp(long beforeNanos, BiConsumer<Part, @Nullable Grant> answers) {
    Iterator<Group> first = waiting.values().iterator();
    while (first.hasNext()) {
      Group group = first.next();
      if (group.sinceNanos - beforeNanos >= 0) {
        break; // they wait in the order in which they came
      }
      first.remove();
      deal(group, null, answers);
    }
    for (Flight flight : flying) {
      for (Group group : flight.groups) {
        if (!group.givenUp && group.sinceNanos - beforeNanos < 0) {
          group.givenUp = true;
          deal(group, null, answers);
        }
      }
    }
  }
}
