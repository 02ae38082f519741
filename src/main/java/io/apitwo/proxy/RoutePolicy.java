package io.apitwo.proxy;

import io.apitwo.limit.Decision;
import io.apitwo.limit.Quota;
import io.apitwo.rules.LimitRule;
import io.apitwo.rules.Route;
import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What clients are told about the limits of one route: {@code RateLimit-Policy} and {@code
 * RateLimit} (the lists of named items of draft-ietf-httpapi-ratelimit-headers-11, in the syntax of
 * RFC 9651) and the {@code X-RateLimit} family of the tightest window. Buckets are numbered as in
 * {@link io.apitwo.limit.Charge}.
 */
final class RoutePolicy {
  private final List<Bucket> buckets = new ArrayList<>();
  private final @Nullable String policyHeader;
  private final boolean xRateLimit;

  /** One bucket's name in headers and its quota; {@code item} is the name as a quoted string. */
  private record Bucket(String name, String item, Quota quota, LimitRule.Headers headers) {}

  RoutePolicy(Route route) {
    for (LimitRule rule : route.limits()) {
      for (Quota quota : rule.limit().quotas()) {
        String name = policyName(rule.limit().name(), quota);
        buckets.add(new Bucket(name, '"' + name + '"', quota, rule.headers()));
      }
    }
    this.policyHeader = policyHeader(buckets);
    this.xRateLimit = buckets.stream().anyMatch(bucket -> bucket.headers.xRateLimit());
  }

  private static String policyName(String limit, Quota quota) {
    String window = quota.word();
    return limit.equals("default") ? window : limit + "." + window;
  }

  private static @Nullable String policyHeader(List<Bucket> buckets) {
    StringBuilder header = new StringBuilder();
    for (Bucket bucket : buckets) {
      if (bucket.headers.ietf()) {
        separate(header)
            .append(bucket.item)
            .append(";q=")
            .append(bucket.quota.amount())
            .append(";w=")
            .append(bucket.quota.nominalSeconds());
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
      if (buckets.get(i).headers.ietf()) {
        separate(header)
            .append(buckets.get(i).item)
            .append(";r=")
            .append(decision.left(i))
            .append(";t=")
            .append(decision.resetSeconds(i));
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
      if (!buckets.get(i).headers.xRateLimit()) {
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

  /** The shortest window that refused: the word in the refusal's message. */
  String violatedWord(Decision decision) {
    Quota shortest = null;
    for (int i = 0; i < buckets.size(); i++) {
      Quota quota = buckets.get(i).quota;
      if (decision.violated(i)
          && (shortest == null || quota.nominalSeconds() < shortest.nominalSeconds())) {
        shortest = quota;
      }
    }
    return shortest == null ? "limit" : shortest.word();
  }

  /**
   * Seconds after which the same request may pass: when the last of the windows that refused it has
   * ended.
   *
   * @return 0 when it never can, for it costs more than a quota
   */
  long retryAfterSeconds(Decision decision) {
    long seconds = 0;
    for (int i = 0; i < buckets.size(); i++) {
      if (decision.violated(i)) {
        if (buckets.get(i).quota.amount() < decision.charge().cost()) {
          return 0;
        }
        seconds = Math.max(seconds, decision.resetSeconds(i));
      }
    }
    return seconds;
  }
}
