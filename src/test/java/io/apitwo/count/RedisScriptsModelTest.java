package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.count.SpecifiedCounts.Outcome;
import io.apitwo.count.SpecifiedCounts.Word;
import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * The scripts against the specifications in Java, at times that the test says: two nodes with the
 * same random schedules of demands, returns and words, some of them lost, late or twice, of limits
 * that change, must have the same answers, to the last unit and millisecond.
 */
class RedisScriptsModelTest {
  private static final int STEPS = 40;
  private static final int NODES = 2;
  private static final int PER_NODE = 3;
  private static final long START = 1_751_212_680_123_456L; // 2025-06-29T15:58 in microseconds
  private static final long SECOND = 1_000_000;
  private static VirtualRedis redis;

  private Random random;
  private boolean plain;
  private boolean jitters;
  private List<Algorithm> algorithms;
  private long baseMicros;
  private SpecifiedCounts counts;
  private List<Node> nodes;
  private final List<Sent> sent = new ArrayList<>();
  private final Map<String, Subject> subjects = new HashMap<>();

  /** A node, and what it must say it holds. */
  private final class Node {
    final long id;
    final RedisPermits permits;
    final RedisForm lean = RedisForm.lean(plain);
    final RedisForm mixed = RedisForm.mixed(plain);
    final Map<String, Long> holds = new HashMap<>();
    final List<Held> held = new ArrayList<>();
    long sequence;

    Node(long id) {
      this.id = id;
      this.permits = new RedisPermits(RedisBytes.writer().put(id, 8).toBytes(), 0, client -> 0);
    }
  }

  private record Held(Charge charge, Grant grant) {}

  /** A call that may come again; {@code again} does to the model what it must do to Redis. */
  private record Sent(
      RedisScript script, List<byte[]> keys, List<byte[]> arguments, long notAfter, Replay again) {}

  private interface Replay {
    void at(long nowMicros);
  }

  @BeforeContainer
  static void start() throws Exception {
    redis = new VirtualRedis();
  }

  @AfterContainer
  static void stop() {
    redis.close();
  }

  @Property(tries = 100)
  void fixed_windows(@ForAll long seed) {
    run(seed, false, Algorithm.FIXED);
  }

  @Property(tries = 150)
  void sliding_windows(@ForAll long seed) {
    run(seed, false, Algorithm.SLIDING);
  }

  @Property(tries = 150)
  void tokens(@ForAll long seed) {
    run(seed, false, Algorithm.TOKEN_BUCKET);
  }

  @Property(tries = 150)
  void concurrency(@ForAll long seed) {
    run(seed, false, Algorithm.CONCURRENCY);
  }

  @Property(tries = 200)
  void mixtures(@ForAll long seed) {
    run(seed, false, Algorithm.values());
  }

  @Property(tries = 100)
  void mixtures_of_what_comes_back_by_itself(@ForAll long seed) {
    run(seed, false, Algorithm.FIXED, Algorithm.SLIDING, Algorithm.TOKEN_BUCKET);
  }

  @Property(tries = 100)
  void mixtures_with_plain_counters(@ForAll long seed) {
    run(seed, true, Algorithm.values());
  }

  private void run(long seed, boolean inPlain, Algorithm... of) {
    random = new Random(seed);
    plain = inPlain;
    algorithms = List.of(of);
    // A holder that is forgotten for its silence stays so, in whichever record it was noticed
    // first.
    jitters = !plain && !algorithms.contains(Algorithm.CONCURRENCY) && random.nextInt(3) == 0;
    baseMicros = START + (random.nextLong() >>> 18);
    counts = new SpecifiedCounts(NODES * PER_NODE, PER_NODE, !plain);
    nodes = List.of(new Node(7), new Node(-3));
    sent.clear();
    redis.flush();
    for (int i = 0; i < STEPS; i++) {
      baseMicros += pause();
      Node node = nodes.get(random.nextInt(nodes.size()));
      switch (random.nextInt(8)) {
        case 0, 1 -> giveBack(node);
        case 2 -> tell(node);
        case 3 -> sendAgain();
        default -> demand(node);
      }
    }
    for (Node node : nodes) {
      assertThat(node.permits.inUse())
          .isEqualTo(node.holds.values().stream().mapToLong(Long::longValue).sum());
    }
  }

  /** Not a clock that only goes on, unless it must. */
  private long now() {
    return baseMicros - (jitters ? random.nextInt(900_000) : 0);
  }

  private long pause() {
    return switch (random.nextInt(14)) {
      case 0 -> random.nextInt(90) * SECOND;
      case 1 -> random.nextInt(3) * 3_600 * SECOND;
      case 2 -> random.nextInt(40) * 86_400 * SECOND;
      case 3, 4, 5, 6 -> 0;
      case 7 -> random.nextInt(6_000_000);
      default -> random.nextInt(400_000);
    };
  }

  private void demand(Node node) {
    List<Demand> lean = new ArrayList<>();
    List<Demand> mixed = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      Charge charge = charge();
      int count = random.nextInt(9) == 0 ? random.nextInt(500_000_000) : 1 + random.nextInt(6);
      int wish = random.nextBoolean() ? 0 : random.nextInt(60);
      (RedisForm.isMixed(charge) ? mixed : lean).add(new Demand(charge, count, wish));
    }
    if (!lean.isEmpty()) {
      settle(node, node.lean, lean);
    }
    if (!mixed.isEmpty()) {
      settle(node, node.mixed, mixed);
    }
  }

  private void settle(Node node, RedisForm form, List<Demand> demands) {
    long now = now();
    RedisBatch batch = new RedisBatch(demands, form, node.permits);
    List<byte[]> arguments = batch.arguments(now + SECOND, NODES, PER_NODE);
    List<Grant> grants = batch.grants(redis.run(form.script(), batch.keys(), arguments, now), 0, 0);
    Map<String, Long> granted = new HashMap<>();
    List<Map<Subject, Word>> words = new ArrayList<>();
    for (int i = 0; i < demands.size(); i++) {
      Charge charge = demands.get(i).charge();
      words.add(words(node, charge, granted));
      Outcome expected = counts.settle(node.id, demands.get(i), words.get(i), now);
      assertOutcome(expected, grants.get(i), charge, form);
      words
          .get(i)
          .keySet()
          .forEach(s -> granted.merge(name(s), expected.granted() * charge.cost(), Long::sum));
    }
    if (words.stream().mapToInt(Map::size).sum() == granted.size()) {
      sent.add(
          new Sent(
              form.script(),
              batch.keys(),
              arguments,
              now + SECOND,
              then -> {
                for (int i = 0; i < demands.size(); i++) {
                  counts.settle(node.id, demands.get(i), words.get(i), then);
                }
              }));
    }
    land(node, batch, demands, grants, now);
  }

  /** What the node must say: what it holds, and what it was granted by the same call. */
  private Map<Subject, Word> words(Node node, Charge charge, Map<String, Long> granted) {
    Map<Subject, Word> words = new HashMap<>();
    for (Subject subject : charge.subjects()) {
      if (subject.limit().algorithm() == Algorithm.CONCURRENCY) {
        long holds = node.holds.getOrDefault(name(subject), 0L);
        holds += granted.getOrDefault(name(subject), 0L);
        words.put(subject, new Word(++node.sequence, holds));
        subjects.put(new String(RedisKeys.of(subject)), subject);
      }
    }
    return words;
  }

  private static String name(Subject subject) {
    return new String(RedisKeys.of(subject));
  }

  private void land(
      Node node, RedisBatch batch, List<Demand> demands, List<Grant> grants, long now) {
    if (random.nextInt(10) == 0) {
      batch.landed(List.of(), now * 1_000);
      return;
    }
    batch.landed(grants, now * 1_000);
    for (int i = 0; i < demands.size(); i++) {
      Charge charge = demands.get(i).charge();
      Grant grant = grants.get(i);
      if (grant.granted() + grant.leased() > 0) {
        node.held.add(new Held(charge, grant));
      }
      for (Subject subject : charge.subjects()) {
        if (subject.limit().algorithm() == Algorithm.CONCURRENCY) {
          node.holds.merge(name(subject), grant.granted() * charge.cost(), Long::sum);
        }
      }
    }
  }

  private void assertOutcome(Outcome expected, Grant grant, Charge charge, RedisForm form) {
    Standing standing = grant.standing();
    assertThat(grant.granted()).isEqualTo(expected.granted());
    assertThat((long) grant.leased()).isEqualTo(expected.leased());
    assertThat(standing.left()).isEqualTo(expected.left());
    assertThat(standing.receipt().windows()).isEqualTo(expected.windows());
    if (form.mixed()) {
      assertThat(standing.resetMillis()).isEqualTo(expected.reset());
      assertThat(standing.retryMillis()).isEqualTo(expected.retry());
    } else {
      for (int i = 0; i < charge.buckets(); i++) { // rounded down
        assertThat(standing.resetMillis()[i])
            .isBetween(expected.reset()[i] - 1, expected.reset()[i])
            .isEqualTo(standing.retryMillis()[i]);
      }
    }
  }

  private void giveBack(Node node) {
    if (node.held.isEmpty()) {
      return;
    }
    Held held = node.held.remove(random.nextInt(node.held.size()));
    long count = (long) held.grant.granted() + held.grant.leased();
    Return ended =
        new Return(
            held.charge, count, held.grant.standing().receipt(), plain || random.nextBoolean());
    for (Subject subject : held.charge.subjects()) {
      if (subject.limit().algorithm() == Algorithm.CONCURRENCY) {
        long amount = count * held.charge.cost();
        node.permits.giveBack(subject, amount);
        node.holds.merge(name(subject), -amount, Long::sum);
      }
    }
    for (RedisReturns each : RedisReturns.of(List.of(ended), client -> 0)) {
      RedisCall call = each.call(0);
      redis.run(call.script(), call.keys(), call.arguments().at(0), now());
    }
    if (!ended.spent()) {
      counts.giveBack(ended);
    }
  }

  private void tell(Node node) {
    long now = now();
    node.permits.renew(now * 1_000);
    List<RedisPermits.Telling> words = node.permits.takeDue(0, 1 + random.nextInt(4));
    if (words.isEmpty()) {
      return;
    }
    List<Replay> said = new ArrayList<>();
    for (RedisPermits.Telling each : words) {
      Subject subject = subjects.get(new String(each.key()));
      Word word = new Word(++node.sequence, node.holds.getOrDefault(name(subject), 0L));
      said.add(then -> counts.hold(node.id, subject, word, then));
    }
    RedisCall call = RedisWords.call(node.permits.holder(), words, 0);
    List<byte[]> arguments = call.arguments().at(now + SECOND);
    Replay again = then -> said.forEach(each -> each.at(then));
    int fate = random.nextInt(6);
    if (fate > 0) { // else it is lost on its way
      redis.run(call.script(), call.keys(), arguments, now);
      again.at(now);
    }
    node.permits.told(words, fate > 1, now * 1_000);
    sent.add(new Sent(call.script(), call.keys(), arguments, now + SECOND, again));
  }

  /** A call of before, which Redis finds somewhere, is carried out unless it is too late. */
  private void sendAgain() {
    if (sent.isEmpty()) {
      return;
    }
    Sent call = sent.get(sent.size() - 1 - random.nextInt(Math.min(4, sent.size())));
    long now = now();
    byte[] answer = redis.run(call.script, call.keys, call.arguments, now);
    assertThat(answer[0]).isEqualTo((byte) (now > call.notAfter ? 1 : 0));
    if (now <= call.notAfter) {
      call.again.at(now);
    }
  }

  private Charge charge() {
    List<Subject> of = new ArrayList<>();
    String client = "client-" + random.nextInt(3);
    for (int i = 0; i < 4; i++) {
      if (random.nextInt(of.isEmpty() ? 1 : 2) == 0) {
        of.add(new Subject(limit("limit-" + i), random.nextInt(5) == 0 ? "other" : client));
      }
    }
    return new Charge(of, random.nextInt(12) == 0 ? 1_000_000 : 1 + random.nextInt(3));
  }

  private Limit limit(String name) {
    Algorithm algorithm = algorithms.get(random.nextInt(algorithms.size()));
    long amount =
        switch (random.nextInt(10)) {
          case 0 -> Quota.MOST - random.nextInt(1_000_000);
          case 1, 2, 3 -> 200 + random.nextInt(2_000);
          default -> 1 + random.nextInt(15);
        };
    List<Quota> quotas = new ArrayList<>();
    switch (algorithm) {
      case TOKEN_BUCKET -> quotas.add(rate(amount));
      case CONCURRENCY -> quotas.add(new ConcurrencyQuota(amount));
      case FIXED, SLIDING ->
          kinds()
              .forEach(
                  window ->
                      quotas.add(
                          Quota.of(window, Math.min(Quota.MOST, amount + window.ordinal()))));
    }
    boolean phased = algorithm.hasWindows() && name.endsWith("2");
    Accuracy accuracy = random.nextInt(4) == 0 ? Accuracy.STRICT : Accuracy.EXACT;
    return new Limit(name, algorithm, quotas, accuracy, OnStoreFailure.LOCAL, phased);
  }

  /** While the clock jumps back, limits keep their windows: who has lost one has forgotten it. */
  private EnumSet<Window> kinds() {
    EnumSet<Window> kinds = EnumSet.of(Window.SECOND, Window.MINUTE, Window.DAY, Window.MONTH);
    if (!jitters) {
      kinds = EnumSet.of(Window.values()[random.nextInt(5)]);
      for (Window window : Window.values()) {
        if (random.nextInt(3) == 0) {
          kinds.add(window);
        }
      }
    }
    return kinds;
  }

  private RateQuota rate(long amount) {
    long tokens = 1 + random.nextInt(12);
    long period =
        switch (random.nextInt(5)) {
          case 0 -> 1 + random.nextInt(1_000);
          case 1 -> 86_400 * SECOND;
          default -> (1 + random.nextInt(7)) * SECOND;
        };
    return new RateQuota(tokens, period, Math.min(amount, RateQuota.mostBurst(tokens, period)));
  }
}
