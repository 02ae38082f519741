package io.apitwo.decide;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.rules.Rules;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Nodes, a server, clients and faults in time of their own: the same seed gives the same run, to
 * the last event. The nodes are made of the classes that decide in production.
 */
final class Simulation {
  private static final String START = "2025-06-29T15:38:50.250Z";
  private static final long SECOND = 1_000 * VirtualTime.MILLI;
  private static final long LENGTH_NANOS = 20 * SECOND;
  private static final long DRAIN_NANOS = 15 * SECOND;
  private static final int MOST_COST = 3;
  private static final int MOST_NODES = 5;
  private static final long SETTLED_NANOS = 2 * SECOND + SECOND / 2;
  private static final long FORGOTTEN_NANOS = 3 * SECOND;

  private static final boolean TRACE = Boolean.getBoolean("simulator.trace");

  private final Scenario scenario;
  private final SplittableRandom random;
  private final VirtualTime time = new VirtualTime(START);
  private final SimulatedServer server;
  private final Weather weather;
  private final Oracle oracle;
  private final SimulatedNode.World world;
  private final Rules[] rules;
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private final List<SimulatedNode> gone = new ArrayList<>();
  private Rules most;
  private int changes;
  private int variant;
  private int numbers;
  private int windows;
  private long asked;
  private boolean deaths;
  private boolean open = true;

  /**
   * What came of a run.
   *
   * @param wrong what should not have happened; empty if all went well
   * @param windows how many faults there were
   * @param free quota that was refused although it was free, in cost units
   * @param allowed what would have been allowed at best, in cost units
   * @param events tells runs apart that differ
   */
  record Findings(
      List<String> wrong, int windows, long decisions, long free, long allowed, long events) {}

  Simulation(Scenario scenario, long seed, Sabotage sabotage) {
    this.scenario = scenario;
    this.random = new SplittableRandom(seed);
    this.server = new SimulatedServer(time, sabotage);
    this.weather = new Weather(time, random.split());
    this.oracle = new Oracle(time, server, MOST_NODES);
    this.world = new SimulatedNode.World(time, server, weather, sabotage, MOST_NODES);
    this.rules = new Rules[] {scenario.rules(0), scenario.rules(1)};
    this.most = rules[0];
  }

  private Limit limit(int which) {
    return rules[which].limits().get("main").limit();
  }

  Findings run() {
    for (int i = 0; i < 3; i++) {
      join();
    }
    time.at(nextArrival(), this::arrive);
    if (!scenario.faults().isEmpty()) {
      time.at(random.nextLong(SECOND), this::fault);
    }
    time.passUntil(LENGTH_NANOS);
    open = false;
    weather.clear();
    time.passUntil(LENGTH_NANOS + DRAIN_NANOS);
    List.copyOf(nodes).forEach(this::leave);
    time.passUntil(LENGTH_NANOS + 2 * DRAIN_NANOS);
    audit();
    long[] under = oracle.underAdmitted(limit(0).quotas().get(0).amount());
    return new Findings(
        oracle.wrong(), windows, oracle.decisions(), under[0], under[1], time.tasks());
  }

  private void join() {
    SimulatedNode node = new SimulatedNode(numbers++, world, rules[variant], MOST_COST);
    node.revision = changes;
    nodes.add(node);
  }

  /** About 600 requests a second, some of them in bursts. */
  private long nextArrival() {
    return time.nanos() + random.nextLong(5 * VirtualTime.MILLI);
  }

  private void arrive() {
    if (!open) {
      return;
    }
    int burst = random.nextInt(40) == 0 ? 30 : 1 + random.nextInt(3);
    int client = Math.min(random.nextInt(Scenario.CLIENTS), random.nextInt(Scenario.CLIENTS));
    requests(client, burst);
    time.at(nextArrival(), this::arrive);
  }

  private void requests(int client, int count) {
    SimulatedNode node = nodes.get(random.nextInt(nodes.size()));
    if (!node.serves()) {
      return;
    }
    int cost = random.nextInt(8) == 0 ? MOST_COST : 1;
    int loop = random.nextInt(2);
    for (int i = 0; i < count; i++) {
      request(node, loop, node.charges[client][cost - 1]);
    }
  }

  private void request(SimulatedNode node, int loop, Charge charge) {
    oracle.offered(charge);
    asked++;
    boolean leaves = random.nextInt(100) == 0;
    long lasts = random.nextLong(300 * VirtualTime.MILLI);
    node.decide(
        loop,
        charge,
        decision -> {
          if (decision == null || !decision.allowed()) {
            oracle.refused();
          } else if (leaves) {
            node.unused(loop, decision);
            oracle.left(decision);
          } else {
            passes(node, loop, decision, lasts);
          }
        });
  }

  private void passes(SimulatedNode node, int loop, Decision decision, long lasts) {
    oracle.passed(node.number, decision, most);
    if (decision.charge().holdsPermits()) {
      time.at(time.nanos() + lasts, () -> ends(node, loop, decision));
    }
  }

  /** The request ends at the upstream; if its node is dead it ended with that. */
  private void ends(SimulatedNode node, int loop, Decision decision) {
    oracle.ended(node.number, decision);
    node.at(time.nanos(), () -> node.ended(loop, decision));
  }

  private void fault() {
    if (!open) {
      return;
    }
    List<Fault> all = new ArrayList<>(scenario.faults());
    Fault fault = all.get(random.nextInt(all.size()));
    long lasts = 50 * VirtualTime.MILLI + random.nextLong(2 * SECOND);
    windows++;
    if (TRACE) {
      System.out.println(
          time.nanos() / VirtualTime.MILLI
              + " ms: "
              + fault
              + " for "
              + lasts / VirtualTime.MILLI
              + " ms");
    }
    happens(fault, lasts);
    time.at(time.nanos() + lasts / 2 + random.nextLong(SECOND), this::fault);
  }

  private void happens(Fault fault, long lasts) {
    long until = time.nanos() + lasts;
    SimulatedNode node = nodes.get(random.nextInt(nodes.size()));
    switch (fault) {
      case KILL -> kill(node, until);
      case PAUSE -> {
        oracle.pause(lasts);
        node.pauseUntil(until);
      }
      case CUT_BEFORE -> weather.cutBefore(until);
      case CUT_AFTER -> weather.cutAfter(until);
      case SLOW -> weather.slow(until, 1 + random.nextLong(400 * VirtualTime.MILLI));
      case STOP -> server.stopUntil(until);
      case SKEW -> oracle.jumps(node.number, node.skew(random.nextLong(10_000) - 5_000));
      case FAILOVER -> lose(time.nanos() - random.nextLong(500 * VirtualTime.MILLI), until);
      case RESTART -> lose(0, until);
      case SCALE_OUT -> {
        if (nodes.size() < MOST_NODES) {
          join();
        }
      }
      case SCALE_IN -> {
        if (nodes.size() > 2 && node.serves()) {
          leave(node);
        }
      }
      case RULES -> change();
      case HERD -> {
        for (int client = 0; client < 4; client++) {
          requests(client, 100);
        }
      }
    }
  }

  private void kill(SimulatedNode node, long until) {
    if (nodes.size() < 3) {
      return;
    }
    deaths = true;
    node.kill();
    gone(node);
    time.at(time.nanos() + FORGOTTEN_NANOS, node.link()::forgotten);
    time.at(until, this::join);
  }

  private void gone(SimulatedNode node) {
    nodes.remove(node);
    gone.add(node);
  }

  private void leave(SimulatedNode node) {
    gone(node);
    node.leave(() -> {});
  }

  private void lose(long sinceNanos, long until) {
    server.loseSince(sinceNanos);
    server.stopUntil(until);
    nodes.forEach(node -> node.at(time.nanos(), node.link()::broken));
    gone.forEach(node -> node.at(time.nanos(), node.link()::broken));
  }

  /** Until every node has had the smaller quota for a while the larger one counts. */
  private void change() {
    variant = 1 - variant;
    most = rules[0];
    Rules next = rules[variant];
    int change = ++changes;
    Set<SimulatedNode> without = new HashSet<>(nodes);
    for (SimulatedNode node : nodes) {
      node.at(
          time.nanos() + random.nextLong(SECOND),
          () -> {
            if (change > node.revision) { // a node only moves forward
              node.revision = change;
              node.rules(next, MOST_COST);
            }
            without.remove(node);
          });
    }
    time.at(time.nanos() + SETTLED_NANOS, () -> settle(change, without));
  }

  private void settle(int change, Set<SimulatedNode> without) {
    if (change != changes) {
      return;
    }
    without.removeIf(SimulatedNode::isDead);
    if (without.isEmpty()) {
      time.at(
          time.nanos() + SETTLED_NANOS,
          () -> {
            if (change == changes) {
              most = rules[variant];
            }
          });
    } else {
      time.at(time.nanos() + SETTLED_NANOS, () -> settle(change, without));
    }
  }

  private void audit() {
    if (oracle.decisions() < asked && !deaths) {
      oracle.wrong(asked - oracle.decisions() + " requests have no decision");
    }
    if (oracle.stillInFlight() != 0 && !deaths) {
      oracle.wrong(oracle.stillInFlight() + " still in flight");
    }
    for (SimulatedNode node : gone) {
      if (!node.isDead() && node.link().held() != 0) {
        oracle.wrong("node " + node.number + " still holds " + node.link().held() + " permits");
      }
    }
    Limit main = limit(0);
    boolean counted = main.algorithm() == Algorithm.FIXED && !main.phased();
    for (int i = 0; counted && i < Scenario.CLIENTS; i++) {
      audit("c" + i);
    }
  }

  /** What is counted in the hour against what passed in it. */
  private void audit(String client) {
    long used = server.usedInHour(limit(0), client);
    long passed = oracle.passed("main", client);
    long lost = oracle.leftLate(client) + server.lostCredits(client);
    for (SimulatedNode node : gone) {
      lost += node.link().lost(client);
    }
    if (used > passed + lost && !deaths) {
      oracle.wrong(client + " is counted " + used + " and passed " + passed + ", lost " + lost);
    }
    boolean exact = scenario.onStoreFailure() == OnStoreFailure.DENY;
    if (exact && used + server.lost(client) < passed) {
      oracle.wrong(client + " passed " + passed + " and is counted " + used);
    }
  }
}
