package io.apitwo.count;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Demands on a cluster, where one script reaches one shard. A charge whose clients are in several
 * shards is settled in parts, one a shard, and as many of its charges pass as every part granted;
 * what a part granted beyond goes back at once, and nothing of such a charge is leased. So it still
 * never passes in part, and never more than any quota; but for a moment a part may hold quota that
 * the others refuse, and when its return is lost, until the window ends.
 *
 * <p>While a shard is being moved, a script reaches only keys that are all on one side, and none
 * that are new if there are several. Then a charge is settled in such parts too, one a key.
 */
final class RedisParts {
  /** Settles what lies in one lane. */
  interface Settler {
    Future<List<@Nullable Grant>> settle(int lane, List<Demand> demands);
  }

  private final List<Demand> demands;
  private final boolean apart;
  private final Map<Integer, List<Demand>> lanes = new LinkedHashMap<>();
  private final List<List<Part>> parts = new ArrayList<>();

  /**
   * The part of a demand in one lane.
   *
   * @param position of its grant in the lane's answer
   * @param subjects which of the whole charge's subjects, in order
   */
  private record Part(int lane, int position, Charge charge, List<Integer> subjects) {}

  private RedisParts(List<Demand> demands, boolean apart) {
    this.demands = demands;
    this.apart = apart;
    demands.forEach(demand -> parts.add(split(demand)));
  }

  /** One part for each shard; its number is the lane. */
  static RedisParts byShard(List<Demand> demands) {
    return new RedisParts(demands, false);
  }

  /** One part for each subject; its place in the charge is the lane. */
  static RedisParts bySubject(List<Demand> demands) {
    return new RedisParts(demands, true);
  }

  private List<Part> split(Demand demand) {
    Charge charge = demand.charge();
    Map<Integer, List<Integer>> byLane = new LinkedHashMap<>();
    for (int i = 0; i < charge.subjects().size(); i++) {
      int lane = apart ? i : RedisKeys.shard(charge.subjects().get(i).client());
      byLane.computeIfAbsent(lane, none -> new ArrayList<>()).add(i);
    }
    List<Part> split = new ArrayList<>(byLane.size());
    byLane.forEach(
        (lane, subjects) -> {
          boolean whole = byLane.size() == 1;
          Charge part =
              whole
                  ? charge
                  : new Charge(
                      subjects.stream().map(charge.subjects()::get).toList(), charge.cost());
          List<Demand> inLane = lanes.computeIfAbsent(lane, none -> new ArrayList<>());
          split.add(new Part(lane, inLane.size(), part, subjects));
          inLane.add(whole ? demand : new Demand(part, demand.count()));
        });
    return split;
  }

  /**
   * @param giveBack takes what parts granted in vain
   * @return a grant for each demand, null where a part has none; fails when no lane answers
   */
  Future<List<@Nullable Grant>> settle(
      Settler settler, Function<List<Return>, Future<Void>> giveBack) {
    Map<Integer, Future<List<@Nullable Grant>>> answers = new LinkedHashMap<>();
    lanes.forEach((lane, inLane) -> answers.put(lane, settler.settle(lane, inLane)));
    return Future.join(List.copyOf(answers.values()))
        .transform(
            done -> {
              if (answers.values().stream().noneMatch(Future::succeeded)) {
                return Future.failedFuture(RedisPieces.gravest(answers.values()));
              }
              List<Return> vain = new ArrayList<>();
              List<@Nullable Grant> grants = new ArrayList<>(demands.size());
              for (int i = 0; i < demands.size(); i++) {
                grants.add(merge(demands.get(i).charge(), parts.get(i), answers, vain));
              }
              if (!vain.isEmpty()) {
                giveBack.apply(vain);
              }
              return Future.succeededFuture(grants);
            });
  }

  private static @Nullable Grant merge(
      Charge charge,
      List<Part> parts,
      Map<Integer, Future<List<@Nullable Grant>>> answers,
      List<Return> vain) {
    List<@Nullable Grant> grants = new ArrayList<>(parts.size());
    int passes = Integer.MAX_VALUE;
    for (Part part : parts) {
      Future<List<@Nullable Grant>> answer = answers.get(part.lane);
      Grant grant = answer.succeeded() ? answer.result().get(part.position) : null;
      grants.add(grant);
      passes = Math.min(passes, grant == null ? 0 : grant.granted());
    }
    if (parts.size() == 1) {
      return grants.get(0);
    }
    for (int i = 0; i < parts.size(); i++) {
      Grant grant = grants.get(i);
      if (grant != null && grant.granted() > passes) {
        vain.add(
            new Return(parts.get(i).charge, grant.granted() - passes, grant.standing().receipt()));
      }
    }
    return grants.contains(null) ? null : merged(charge, parts, grants, passes);
  }

  private static Grant merged(
      Charge charge, List<Part> parts, List<@Nullable Grant> grants, int passes) {
    final int[] firstBuckets = firstBuckets(charge);
    long[] left = new long[charge.buckets()];
    long[] resetMillis = new long[left.length];
    long[] retryMillis = new long[left.length];
    long[] windows = new long[left.length];
    long[] epochs = new long[charge.subjects().size()];
    long askedNanos = Objects.requireNonNull(grants.get(0)).standing().askedNanos();
    long session = Long.MAX_VALUE; // of the part whose counts are the first to be doubted
    long othersMillis = 0;
    for (int i = 0; i < parts.size(); i++) {
      Grant grant = Objects.requireNonNull(grants.get(i));
      Standing standing = grant.standing();
      askedNanos += Math.min(0, standing.askedNanos() - askedNanos); // the earliest
      session = Math.min(session, standing.receipt().session());
      othersMillis = Math.max(othersMillis, standing.othersMillis());
      long back = (grant.granted() - passes) * charge.cost();
      int from = 0;
      int subject = 0;
      for (int which : parts.get(i).subjects) {
        epochs[which] = standing.receipt().epochs()[subject++];
        Limit limit = charge.subjects().get(which).limit();
        int buckets = limit.quotas().size();
        for (int to = firstBuckets[which]; to < firstBuckets[which] + buckets; to++, from++) {
          left[to] = standing.left()[from] + (comesBack(limit) ? back : 0);
          resetMillis[to] = standing.resetMillis()[from];
          retryMillis[to] = standing.retryMillis()[from];
          windows[to] = standing.receipt().windows()[from];
        }
      }
    }
    Receipt receipt = new Receipt(session, epochs, windows);
    return new Grant(
        passes, 0, new Standing(left, resetMillis, retryMillis, askedNanos, othersMillis, receipt));
  }

  /** Whether what was granted in vain can be used again; else it is written off. */
  private static boolean comesBack(Limit limit) {
    return limit.algorithm() == Algorithm.FIXED || limit.algorithm() == Algorithm.CONCURRENCY;
  }

  private static int[] firstBuckets(Charge charge) {
    int[] first = new int[charge.subjects().size()];
    int bucket = 0;
    for (int i = 0; i < first.length; i++) {
      Subject subject = charge.subjects().get(i);
      first[i] = bucket;
      bucket += subject.limit().quotas().size();
    }
    return first;
  }
}
