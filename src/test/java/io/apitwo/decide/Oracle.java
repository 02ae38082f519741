package io.apitwo.decide;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Limit;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.limit.WindowQuota;
import io.apitwo.rules.Rules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts what passes at the instant at which it passes, by the true time, and says what should not
 * have. It knows the limits and nothing of leases, batches or stores.
 */
final class Oracle {
  /**
   * So long after its grant a request may pass whose tokens were there then, if nothing stood
   * still.
   */
  private static final long LATE_NANOS = 120 * VirtualTime.MILLI;

  private final VirtualTime time;
  private final SimulatedServer server;
  private final int nodes;
  private final List<String> wrong = new ArrayList<>();
  private final Map<Key, long[]> settled = new HashMap<>();
  private final Map<Key, long[]> local = new HashMap<>();
  private final Map<Key, long[]> offered = new HashMap<>();
  private final Map<String, Bucket> buckets = new HashMap<>();
  private final Map<String, long[]> inFlight = new HashMap<>();
  private final Map<String, long[]> passed = new HashMap<>();
  private final Map<String, long[]> leftLate = new HashMap<>();
  private long longestPauseNanos;
  private long decisions;

  /** The window of a client, by a node for what it decided alone. */
  private record Key(String client, Window window, long number, int node) {}

  private static final class Bucket {
    double debt;
    double perNano;
    long atNanos;
  }

  Oracle(VirtualTime time, SimulatedServer server, int nodes) {
    this.time = time;
    this.server = server;
    this.nodes = nodes;
  }

  /** Somebody stands still: what was granted before may pass so much later. */
  void pause(long nanos) {
    longestPauseNanos = Math.max(longestPauseNanos, nanos);
  }

  /**
   * A node's clock jumps: it takes tokens of its own for come back that were so long on the way.
   */
  void jumps(int node, long millis) {
    buckets.forEach(
        (who, bucket) -> {
          if (who.endsWith(alone("", node))) {
            bucket.debt -= Math.max(0, millis) * VirtualTime.MILLI * bucket.perNano;
          }
        });
  }

  /** Somebody asks; of the first limit alone. */
  void offered(Charge charge) {
    Subject subject = charge.subjects().get(0);
    if (subject.limit().algorithm() == Algorithm.FIXED) {
      Key key = key(subject, Window.SECOND, -1);
      offered.computeIfAbsent(key, any -> new long[1])[0] += charge.cost();
    }
  }

  /** A request is refused, or nobody can say. */
  void refused() {
    decisions++;
  }

  /**
   * A request is allowed and its client has left. What a node had allowed alone may have been
   * charged already, and then stays so.
   */
  void left(Decision decision) {
    decisions++;
    if (decision.isDegraded()) {
      String client = decision.charge().subjects().get(0).client();
      leftLate.computeIfAbsent(client, any -> new long[1])[0] += decision.charge().cost();
    }
  }

  /** What may have been charged for requests whose clients had left, in cost units. */
  long leftLate(String client) {
    return leftLate.getOrDefault(client, new long[1])[0];
  }

  private Key key(Subject subject, Window window, int node) {
    long now = time.millis() + subject.limit().shiftMillis(window, subject.client());
    return new Key(subject.client(), window, window.numberAt(now), node);
  }

  /**
   * A request passes.
   *
   * @param most what may be in force, of each limit the larger one
   */
  void passed(int node, Decision decision, Rules most) {
    decisions++;
    int bucket = 0;
    for (Subject subject : decision.charge().subjects()) {
      Limit limit = most.limits().get(subject.limit().name()).limit();
      Passage passage = new Passage(decision, subject, limit, bucket);
      bucket += limit.quotas().size();
      String counted = subject.limit().name() + " " + subject.client();
      passed.computeIfAbsent(counted, any -> new long[1])[0] += passage.cost();
      if (decision.isDegraded()) {
        passedLocally(node, passage);
        continue;
      }
      switch (limit.algorithm()) {
        case FIXED -> fixed(passage);
        case SLIDING -> sliding(passage);
        case TOKEN_BUCKET -> tokens(passage.client(), passage, (RateQuota) limit.quotas().get(0));
        case CONCURRENCY -> began(passage.client(), passage, limit.quotas().get(0).amount());
      }
    }
  }

  /** One limit's view of a request that passes; {@code first} is its first bucket. */
  private record Passage(Decision decision, Subject subject, Limit limit, int first) {
    long cost() {
      return decision.charge().cost();
    }

    String client() {
      return subject.client();
    }
  }

  /**
   * The window in which a decision counts: that of this instant, but for the first millisecond,
   * since clocks that tell milliseconds may be one behind.
   */
  private Key key(Passage passage, int quota, Window window) {
    Subject subject = passage.subject;
    Key key = key(subject, window, -1);
    long before = passage.decision.window(passage.first + quota);
    long now = time.millis() + subject.limit().shiftMillis(window, subject.client());
    return before == key.number() - 1 && now == window.startMillis(key.number())
        ? new Key(key.client(), window, before, -1)
        : key;
  }

  private void fixed(Passage passage) {
    for (int i = 0; i < passage.limit.quotas().size(); i++) {
      WindowQuota quota = (WindowQuota) passage.limit.quotas().get(i);
      Key key = key(passage, i, quota.window());
      long[] sum = settled.computeIfAbsent(key, any -> new long[1]);
      sum[0] += passage.cost();
      if (sum[0] > quota.amount() + server.lost(passage.client())) {
        wrong(passage.subject + " passed " + sum[0] + " in a " + quota.word());
      }
    }
  }

  private void sliding(Passage passage) {
    for (int i = 0; i < passage.limit.quotas().size(); i++) {
      WindowQuota quota = (WindowQuota) passage.limit.quotas().get(i);
      Window window = quota.window();
      Key key = key(passage, i, window);
      long[] sum = settled.computeIfAbsent(key, any -> new long[1]);
      sum[0] += passage.cost();
      Key before = new Key(key.client(), window, key.number() - 1, -1);
      long left = Math.max(0, window.endMillis(key.number()) - time.millis());
      double length = window.endMillis(key.number()) - window.startMillis(key.number());
      double weighs = settled.getOrDefault(before, new long[1])[0] * left / length;
      if (sum[0] + weighs > quota.amount() + 1 + server.lost(passage.client())) {
        wrong(passage.subject + " passed " + sum[0] + " and " + weighs + " in a " + quota.word());
      }
    }
  }

  /**
   * @param who the client, and the node that decided alone
   */
  private void tokens(String who, Passage passage, RateQuota quota) {
    Bucket bucket = buckets.computeIfAbsent(who, any -> new Bucket());
    double perNano = quota.tokens() / (quota.periodMicros() * 1_000.0);
    bucket.debt = Math.max(0, bucket.debt - (time.nanos() - bucket.atNanos) * perNano);
    bucket.debt += passage.cost();
    bucket.perNano = perNano;
    bucket.atNanos = time.nanos();
    double late = (LATE_NANOS + longestPauseNanos) * perNano;
    if (bucket.debt > quota.burst() + late + server.lost(passage.client())) {
      wrong(passage.subject + " passed " + bucket.debt + " tokens of " + quota.burst());
    }
  }

  private void began(String who, Passage passage, long max) {
    long[] sum = inFlight.computeIfAbsent(who, any -> new long[1]);
    sum[0] += passage.cost();
    if (sum[0] > max) {
      wrong(passage.subject + " has " + sum[0] + " in flight");
    }
  }

  /** A request has ended, or its node has. */
  void ended(int node, Decision decision) {
    if (decision.charge().holdsPermits()) {
      String client = decision.charge().subjects().get(0).client();
      String who = decision.isDegraded() ? alone(client, node) : client;
      inFlight.get(who)[0] -= decision.charge().cost();
    }
  }

  private static String alone(String client, int node) {
    return client + " at node " + node + " alone";
  }

  /** What a node lets pass alone is its share: of each window as it sees it. */
  private void passedLocally(int node, Passage passage) {
    Limit share = passage.limit.share(nodes);
    String who = alone(passage.client(), node);
    switch (share.algorithm()) {
      case FIXED, SLIDING -> windowsLocally(node, passage, share);
      case TOKEN_BUCKET -> tokens(who, passage, (RateQuota) share.quotas().get(0));
      case CONCURRENCY -> began(who, passage, share.quotas().get(0).amount());
    }
  }

  private void windowsLocally(int node, Passage passage, Limit share) {
    for (int i = 0; i < share.quotas().size(); i++) {
      WindowQuota quota = (WindowQuota) share.quotas().get(i);
      long number = passage.decision.window(passage.first + i);
      Key key = new Key(passage.client(), quota.window(), number, node);
      long[] sum = local.computeIfAbsent(key, any -> new long[1]);
      sum[0] += passage.cost();
      if (sum[0] > quota.amount()) {
        wrong(passage.subject + " passed " + sum[0] + " at node " + node + " alone");
      }
    }
  }

  void wrong(String what) {
    if (wrong.size() < 20) {
      wrong.add("at " + time.nanos() / VirtualTime.MILLI + " ms: " + what);
    }
  }

  List<String> wrong() {
    return wrong;
  }

  long decisions() {
    return decisions;
  }

  /** What passed of a client under a limit, in cost units. */
  long passed(String limit, String client) {
    return passed.getOrDefault(limit + " " + client, new long[1])[0];
  }

  long stillInFlight() {
    return inFlight.values().stream().mapToLong(each -> each[0]).sum();
  }

  /**
   * Quota that was refused although it was free, of that which was asked for, in windows of a
   * second.
   *
   * @return two sums, in cost units: refused although free, and allowed in all
   */
  long[] underAdmitted(long quota) {
    long free = 0;
    long all = 0;
    for (Map.Entry<Key, long[]> each : offered.entrySet()) {
      long wanted = Math.min(quota, each.getValue()[0]);
      long got = settled.getOrDefault(each.getKey(), new long[1])[0];
      all += wanted;
      free += Math.max(0, wanted - got);
    }
    return new long[] {free, all};
  }
}
