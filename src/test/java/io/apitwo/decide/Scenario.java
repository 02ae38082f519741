package io.apitwo.decide;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Subject;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.Rules;
import io.apitwo.rules.RulesDocument;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a simulation limits, and what may go wrong in it.
 *
 * @param name for the command that replays
 * @param limits in YAML; {@code %d} is the quota that the rules change
 * @param quotas of one client in a second, or at once: the one to begin with, and the other one
 * @param onStoreFailure of all limits
 * @param faults that are drawn
 */
record Scenario(
    String name, String limits, int[] quotas, OnStoreFailure onStoreFailure, Set<Fault> faults) {
  static final int CLIENTS = 12;

  private static final String FIXED =
      "main: { windows: { second: %d, minute: 1500, hour: 900000 }, accuracy: exact";
  private static final String STRICT =
      "main: { windows: { second: %d, minute: 1500, hour: 900000 }, accuracy: strict";
  private static final String PHASED =
      "main: { windows: { second: %d, minute: 1500, hour: 900000 }, phase: client";
  private static final String SLIDING =
      "main: { algorithm: sliding, windows: { second: %d, minute: 1500 }";
  private static final String TOKENS = "main: { algorithm: token-bucket, rate: %1$d/s, burst: %1$d";
  private static final String CONCURRENCY = "main: { algorithm: concurrency, max: %d";
  private static final String MIXED =
      "rate: { algorithm: token-bucket, rate: 50/s, burst: 70, by: [address] },"
          + " flight: { algorithm: concurrency, max: 18, by: [address] }, "
          + FIXED;

  /** Each algorithm and accuracy, under both ways of living without the store. */
  static List<Scenario> all() {
    List<Scenario> all = new ArrayList<>();
    for (OnStoreFailure way : List.of(OnStoreFailure.DENY, OnStoreFailure.LOCAL)) {
      all.add(of("fixed-exact", FIXED, new int[] {60, 40}, way));
      all.add(of("fixed-strict", STRICT, new int[] {60, 40}, way));
      all.add(of("fixed-phased", PHASED, new int[] {60, 40}, way));
      all.add(of("sliding", SLIDING, new int[] {60, 40}, way));
      all.add(of("token-bucket", TOKENS, new int[] {60, 40}, way));
      all.add(of("concurrency", CONCURRENCY, new int[] {16, 10}, way));
      all.add(of("mixed", MIXED, new int[] {60, 40}, way));
    }
    return all;
  }

  static Scenario named(String name) {
    return all().stream().filter(each -> each.name.equals(name)).findFirst().orElseThrow();
  }

  /** Only the faults that a test wants. */
  Scenario with(Set<Fault> only) {
    return new Scenario(name, limits, quotas, onStoreFailure, only);
  }

  private static Scenario of(String name, String limits, int[] quotas, OnStoreFailure way) {
    String word = way.name().toLowerCase(java.util.Locale.ROOT);
    Set<Fault> faults = EnumSet.allOf(Fault.class);
    if (name.equals("concurrency")
        || name.equals("mixed")) { // who has lost them counts anew what the nodes then say
      faults.removeAll(EnumSet.of(Fault.FAILOVER, Fault.RESTART));
    }
    String failure = ", by: [address], onStoreFailure: " + word + " }";
    String whole = limits.replace(", by: [address] }", failure) + failure;
    return new Scenario(name + "-" + word, whole, quotas, way, faults);
  }

  /** The rules with one of the two quotas. */
  Rules rules(int variant) {
    String text =
        """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo }]
        limits: { %s }
        """
            .formatted(limits.formatted(quotas[variant]));
    try {
      return RulesDocument.parse("scenario", text, name -> null);
    } catch (InvalidDocumentException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** What clients ask for under such rules, by client and cost from 1. */
  static Charge[][] charges(Rules rules, int mostCost) {
    List<Limit> limits =
        rules.limits().values().stream()
            .map(rule -> rule.limit())
            .sorted(Comparator.comparing(limit -> !limit.name().equals("main")))
            .toList();
    Charge[][] charges = new Charge[CLIENTS][mostCost];
    for (int client = 0; client < CLIENTS; client++) {
      String key = "c" + client;
      List<Subject> subjects = limits.stream().map(limit -> new Subject(limit, key)).toList();
      for (int cost = 1; cost <= mostCost; cost++) {
        charges[client][cost - 1] = new Charge(subjects, cost);
      }
    }
    return charges;
  }
}
