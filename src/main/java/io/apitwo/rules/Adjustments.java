package io.apitwo.rules;

import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an operator has ordered for single clients beside the rules, by their keys as {@code
 * explain} shows them: more or less of every limit, or nothing at all, until an instant. Clients
 * without an order pay nothing for those of others but a look into an empty or small table.
 *
 * <p>Immutable; for any thread.
 */
public final class Adjustments {
  /** No orders. */
  public static final Adjustments NONE = new Adjustments(Map.of(), Map.of());

  /** How many orders there can be. */
  public static final int MOST = 10_000;

  private final Map<String, Boost> boosts;
  private final Map<String, Instant> blocks;
  private final @Nullable Instant firstEnd;
  private final Map<Scaled, Limit> scaled = new ConcurrentHashMap<>();

  /**
   * A client's limits, multiplied.
   *
   * @param factor 0.01 to 1000
   * @param until when it ends
   */
  public record Boost(double factor, Instant until) {}

  private record Scaled(Limit limit, double factor) {}

  /**
   * @param boosts by client key
   * @param blocks the instant at which each ends, by client key
   */
  public Adjustments(Map<String, Boost> boosts, Map<String, Instant> blocks) {
    this.boosts = Map.copyOf(boosts);
    this.blocks = Map.copyOf(blocks);
    this.firstEnd =
        Stream.concat(boosts.values().stream().map(Boost::until), blocks.values().stream())
            .min(Instant::compareTo)
            .orElse(null);
  }

  public Map<String, Boost> boosts() {
    return boosts;
  }

  public Map<String, Instant> blocks() {
    return blocks;
  }

  public boolean isEmpty() {
    return boosts.isEmpty() && blocks.isEmpty();
  }

  /** Whether anybody is kept out. */
  public boolean hasBlocks() {
    return !blocks.isEmpty();
  }

  /** Until when a client is kept out; null when it is not. */
  public @Nullable Instant blockedUntil(String client) {
    return blocks.get(client);
  }

  /** What a limit allows to a client: what the rules say, multiplied if it is boosted. */
  public Limit limitOf(LimitRule rule, String client) {
    Limit limit = rule.limitOf(client);
    Boost boost = boosts.isEmpty() ? null : boosts.get(client);
    return boost == null ? limit : scaled(limit, boost.factor());
  }

  /** The same object for the same limit and factor, for what is counted by limit. */
  private Limit scaled(Limit limit, double factor) {
    return scaled.computeIfAbsent(
        new Scaled(limit, factor),
        each -> {
          List<Quota> quotas = limit.quotas().stream().map(quota -> quota.times(factor)).toList();
          return limit.with(quotas);
        });
  }

  /** Those that hold at an instant; this very object when all do. */
  public Adjustments at(Instant now) {
    return firstEnd == null || firstEnd.isAfter(now)
        ? this
        : new Adjustments(open(boosts, Boost::until, now), open(blocks, until -> until, now));
  }

  private static <T> Map<String, T> open(
      Map<String, T> orders, Function<T, Instant> until, Instant now) {
    return orders.entrySet().stream()
        .filter(each -> until.apply(each.getValue()).isAfter(now))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /** How many orders there are. */
  public int size() {
    return boosts.size() + blocks.size();
  }
}
