package io.apitwo.proxy;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.rules.LimitRule;
import io.apitwo.rules.Told;
import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What clients are told about the limits of one route: {@code RateLimit-Policy} and {@code
 * RateLimit} (the lists of named items of draft-ietf-httpapi-ratelimit-headers-11, in the syntax of
 * RFC 9651) and the {@code X-RateLimit} family of the tightest bucket. Buckets are numbered as in
 * {@link io.apitwo.limit.Charge}.
 */
final class RoutePolicy {
  private final List<Bucket> buckets = new ArrayList<>();
  private final @Nullable String policyHeader;
  private final boolean xRateLimit;
  private final RandomGenerator random;

  /** One bucket's name in headers and its quota; {@code item} is the name as a quoted string. */
  private record Bucket(String name, String item, Quota quota, Told told) {
    /** Whether time brings back what was used, so that clients can be told when. */
    boolean isTimed() {
      return quota.nominalSeconds() > 0;
    }

    boolean ietf() {
      return told.headers().ietf();
    }

    boolean xRateLimit() {
      return told.headers().xRateLimit();
    }
  }

  /**
   * @param rules what is enforced, in the order of the charge
   */
  RoutePolicy(List<LimitRule> rules, Charge charge) {
    this(rules, charge, new SplittableRandom());
  }

  /**
   * @param random spreads the instants at which refused clients are told to come back
   */
  RoutePolicy(List<LimitRule> rules, Charge charge, RandomGenerator random) {
    this.random = random;
    for (int i = 0; i < rules.size(); i++) {
      Limit limit = charge.subjects().get(i).limit();
      for (Quota quota : limit.quotas()) {
        String name = policyName(limit.name(), quota);
        buckets.add(new Bucket(name, '"' + name + '"', quota, rules.get(i).told()));
      }
    }
    this.policyHeader = policyHeader(buckets);
    this.xRateLimit = buckets.stream().anyMatch(Bucket::xRateLimit);
  }

  private static String policyName(String limit, Quota quota) {
    return limit.equals("default") ? quota.word() : limit + "." + quota.word();
  }

  private static @Nullable String policyHeader(List<Bucket> buckets) {
    StringBuilder header = new StringBuilder();
    for (Bucket bucket : buckets) {
      if (bucket.ietf()) {
        separate(header).append(bucket.item).append(";q=").append(bucket.quota.amount());
        if (bucket.isTimed()) {
          header.append(";w=").append(bucket.quota.nominalSeconds());
        } else {
          header.append(";qu=\"concurrent-requests\"");
        }
      }
    }
    return header.isEmpty() ? null : header.toString();
  }

  private static StringBuilder separate(StringBuilder list) {
    return list.isEmpty() ? list : list.append(", ");
  }

  /**
   * Adds the headers that a decision calls for. {@code RateLimit} fields of an upstream stay beside
   * ours: the fields are lists, and a client minds every item. An upstream's {@code X-RateLimit}
   * stays when it leaves less.
   */
  void addHeaders(Decision decision, MultiMap headers) {
    if (policyHeader != null) {
      headers.add("RateLimit-Policy", policyHeader);
      headers.add("RateLimit", rateLimit(decision));
    }
    if (xRateLimit) {
      addXRateLimit(decision, headers);
    }
  }

  private String rateLimit(Decision decision) {
    StringBuilder header = new StringBuilder(28 * buckets.size());
    for (int i = 0; i < buckets.size(); i++) {
      Bucket bucket = buckets.get(i);
      if (bucket.ietf()) {
        separate(header).append(bucket.item).append(";r=").append(decision.left(i));
        if (bucket.isTimed()) {
          header.append(";t=").append(decision.resetSeconds(i));
        }
      }
    }
    return header.toString();
  }

  private void addXRateLimit(Decision decision, MultiMap headers) {
    int tightest = tightest(decision);
    String theirs = headers.get("X-RateLimit-Remaining");
    if (theirs != null && isLess(theirs, decision.left(tightest))) {
      return;
    }
    headers.set("X-RateLimit-Limit", Long.toString(buckets.get(tightest).quota.amount()));
    headers.set("X-RateLimit-Remaining", Long.toString(decision.left(tightest)));
    headers.set("X-RateLimit-Reset", Long.toString(decision.resetSeconds(tightest)));
  }

  private static boolean isLess(String theirs, long ours) {
    boolean number = theirs.length() <= 15 && theirs.chars().allMatch(c -> c >= '0' && c <= '9');
    return number && !theirs.isEmpty() && Long.parseLong(theirs) < ours;
  }

  /** The bucket with the least left; of equal ones the one that takes longest to come back. */
  private int tightest(Decision decision) {
    int tightest = -1;
    for (int i = 0; i < buckets.size(); i++) {
      if (!buckets.get(i).xRateLimit()) {
        continue;
      }
      if (tightest < 0
          || decision.left(i) < decision.left(tightest)
          || (decision.left(i) == decision.left(tightest)
              && decision.resetSeconds(i) > decision.resetSeconds(tightest))) {
        tightest = i;
      }
    }
    return tightest;
  }

  /** The names of the policies that refused, in the order of the buckets. */
  List<String> violated(Decision decision) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < buckets.size(); i++) {
      if (decision.violated(i)) {
        names.add(buckets.get(i).name);
      }
    }
    return names;
  }

  /**
   * The word in the refusal's message: of the buckets that refused the one that is full again
   * soonest, by its window's name, else its algorithm's. Concurrency, of which nobody knows when,
   * comes last.
   */
  String violatedWord(Decision decision) {
    Bucket soonest = soonest(decision);
    return soonest == null ? "limit" : soonest.quota.word();
  }

  /** What the limit of that bucket says of refusals. */
  Told.Refusal refusal(Decision decision) {
    Bucket soonest = soonest(decision);
    return soonest == null ? Told.Refusal.BY_DEFAULT : soonest.told.refusal();
  }

  private @Nullable Bucket soonest(Decision decision) {
    Bucket soonest = null;
    for (int i = 0; i < buckets.size(); i++) {
      Bucket bucket = buckets.get(i);
      if (decision.violated(i) && (soonest == null || isSooner(bucket, soonest))) {
        soonest = bucket;
      }
    }
    return soonest;
  }

  private static boolean isSooner(Bucket a, Bucket b) {
    return a.isTimed() && (!b.isTimed() || a.quota.nominalSeconds() < b.quota.nominalSeconds());
  }

  /**
   * Seconds after which the same request may pass, rounded up and at least 1: when the last of the
   * buckets that refused it has room, and a random part of the longest {@code retryAfterJitter} of
   * their limits later.
   *
   * @return 0 when it never can, for it costs more than a quota
   */
  long retryAfterSeconds(Decision decision) {
    long millis = 0;
    long jitterMillis = 0;
    for (int i = 0; i < buckets.size(); i++) {
      if (decision.violated(i)) {
        Bucket bucket = buckets.get(i);
        if (bucket.quota.amount() < decision.charge().cost()) {
          return 0;
        }
        millis = Math.max(millis, decision.retryMillis(i));
        jitterMillis = Math.max(jitterMillis, bucket.told.retryAfterJitter().toMillis());
      }
    }
    long later = jitterMillis == 0 ? 0 : random.nextLong(jitterMillis + 1);
    return Math.max(1, (millis + later + 999) / 1_000);
  }
}
