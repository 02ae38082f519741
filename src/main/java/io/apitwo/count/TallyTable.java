package io.apitwo.count;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Subject;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tallies of all clients, by algorithm, limit and client: a limit that changes its algorithm
 * counts anew, and finds its old counts when it changes back before they are over.
 *
 * <p>Bounded: at the ceiling, clients that have no tally yet share one for each limit, which limits
 * them together; a tally is only forgotten once it is over, so forgetting never refills. When there
 * is room again, newcomers have tallies of their own, which begin with what the latecomers have
 * used together, so that does not refill either. Those that are over are looked for a few at a
 * time, so no call pays for a sweep.
 *
 * <p>Not safe for use by several threads.
 */
final class TallyTable {
  /**
   * The client under which the ceiling's latecomers are counted; no client key contains a space.
   */
  private static final String OVERFLOW = "(overflow)";

  private static final int EXAMINED_AT_CEILING = 8;

  private final int most;
  private final Map<Algorithm, Map<String, Map<String, Tally>>> limits =
      new EnumMap<>(Algorithm.class);
  private final ArrayDeque<Tally> ring = new ArrayDeque<>();
  private long lastEpoch;

  /**
   * @param most how many tallies are kept apart
   */
  TallyTable(int most) {
    this.most = most;
    for (Algorithm algorithm : Algorithm.values()) {
      limits.put(algorithm, new HashMap<>());
    }
  }

  int size() {
    return ring.size();
  }

  private Map<String, Map<String, Tally>> named(Limit limit) {
    return limits.get(limit.algorithm());
  }

  /** The tally in which a subject counts; a new one if there is none. */
  Tally of(Subject subject, long nowMicros) {
    Limit limit = subject.limit();
    Map<String, Tally> clients = named(limit).computeIfAbsent(limit.name(), any -> new HashMap<>());
    Tally tally = clients.get(subject.client());
    if (tally != null) {
      return tally;
    }
    Tally together = clients.get(OVERFLOW);
    if (ring.size() >= most) {
      return together == null ? add(clients, limit, OVERFLOW) : together;
    }
    Tally own = add(clients, limit, subject.client());
    if (together != null && !together.isOver(nowMicros)) {
      own.inherit(limit, together, nowMicros); // it may have been one of the latecomers
    }
    return own;
  }

  private Tally add(Map<String, Tally> clients, Limit limit, String client) {
    Tally added = Tally.of(limit, client, ++lastEpoch);
    clients.put(client, added);
    ring.add(added);
    return added;
  }

  /**
   * Before a demand: forgets some that are over if the table has no room for it. Not while it is
   * decided, which would forget what it is about to charge.
   *
   * @param wanted how many tallies it may add
   */
  void makeRoom(int wanted, long nowMicros) {
    if (ring.size() + wanted > most) {
      forgetOver(EXAMINED_AT_CEILING + wanted, nowMicros);
    }
  }

  /** The tally that a subject was charged to in that epoch, if it is still kept. */
  @Nullable Tally existing(Subject subject, long epoch) {
    Map<String, Tally> clients =
        named(subject.limit()).getOrDefault(subject.limit().name(), Map.of());
    for (String client : List.of(subject.client(), OVERFLOW)) {
      Tally tally = clients.get(client);
      if (tally != null && tally.epoch == epoch) {
        return tally;
      }
    }
    return null;
  }

  /** Takes back what a refused demand added: it charged nothing, so it takes no memory either. */
  void forgetUncharged(int atMost, long nowMicros) {
    for (int i = 0; i < atMost; i++) {
      Tally newest = ring.peekLast();
      if (newest == null || newest.used && !newest.isOver(nowMicros)) {
        return;
      }
      ring.removeLast();
      forget(newest);
    }
  }

  /** Looks at so many, and forgets those that are over. */
  void forgetOver(int examined, long nowMicros) {
    for (int i = 0; i < examined; i++) {
      Tally tally = ring.poll();
      if (tally == null) {
        return;
      }
      if (tally.isOver(nowMicros)) {
        forget(tally);
      } else {
        ring.add(tally);
      }
    }
  }

  /**
   * Forgets what a subject has used: its next tally has another epoch. Requests in flight stay
   * counted, and what is counted together with others is theirs as well. Takes as long as the table
   * is large.
   */
  void reset(Subject subject) {
    Map<String, Tally> clients = named(subject.limit()).get(subject.limit().name());
    Tally tally = clients == null ? null : clients.get(subject.client());
    if (tally != null && tally.algorithm != Algorithm.CONCURRENCY) {
      ring.remove(tally);
      forget(tally);
    }
  }

  private void forget(Tally tally) {
    Map<String, Map<String, Tally>> named = limits.get(tally.algorithm);
    Map<String, Tally> clients = named.get(tally.limit);
    clients.remove(tally.client);
    if (clients.isEmpty()) {
      named.remove(tally.limit);
    }
  }
}
