package io.apitwo.proxy;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.rules.LimitRule;
import io.apitwo.rules.Plan;
import io.apitwo.rules.Rules;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a client has used of every limit in which its key has counts, for people to read. Nothing is
 * charged. For any thread.
 */
public final class ClientLimits {
  private final Function<List<Charge>, Future<List<@Nullable Standing>>> look;
  private final IntSupplier dividedBy;

  /** A limit as it applies to a client. @param plan null for clients without one */
  private record Applied(@Nullable Plan plan, LimitRule rule, Subject subject) {
    Charge charge() {
      return new Charge(List.of(subject), 1);
    }

    /** What one of so many nodes keeps of it. */
    Applied part(int nodes) {
      return nodes == 1
          ? this
          : new Applied(plan, rule, new Subject(subject.limit().share(nodes), subject.client()));
    }
  }

  /**
   * @param look where the buckets of charges stand; null where nobody knows
   * @param dividedBy among how many nodes each limit is divided, of which this one keeps a part
   */
  public ClientLimits(
      Function<List<Charge>, Future<List<@Nullable Standing>>> look, IntSupplier dividedBy) {
    this.look = look;
    this.dividedBy = dividedBy;
  }

  private static List<Applied> of(Rules rules, String client) {
    List<Applied> all = new ArrayList<>();
    new TreeMap<>(rules.limits())
        .forEach(
            (name, rule) -> {
              all.add(applied(rules, null, rule, client));
              for (Plan plan : rules.access().plans()) {
                LimitRule own = plan.limits().get(name);
                if (own != null) {
                  all.add(applied(rules, plan, own, client));
                }
              }
            });
    return all;
  }

  private static Applied applied(Rules rules, @Nullable Plan plan, LimitRule rule, String client) {
    Limit limit = rules.adjustments().limitOf(rule, client);
    return new Applied(plan, rule, new Subject(limit, client));
  }

  /**
   * Everything in which a client may have counts.
   *
   * @param limit the one that is meant; null for all
   * @return empty when there is no such limit
   */
  public static List<Subject> subjects(Rules rules, String client, @Nullable String limit) {
    Set<Subject> subjects = new LinkedHashSet<>();
    for (Applied each : of(rules, client)) {
      if (limit == null || limit.equals(each.rule.limit().name())) {
        subjects.add(each.subject);
      }
    }
    return List.copyOf(subjects);
  }

  /**
   * @param all whether limits are told too of which nothing is used
   * @return an object a limit, as in {@code explain}, with the plan that has it; {@code known} is
   *     false where the store gives no answer. Does not fail
   */
  public Future<JsonArray> usage(Rules rules, String client, boolean all) {
    List<Applied> limits = of(rules, client);
    int nodes = dividedBy.getAsInt();
    return look.apply(limits.stream().map(Applied::charge).toList())
        .map(
            standings -> {
              JsonArray told = new JsonArray();
              for (int i = 0; i < limits.size(); i++) {
                Standing standing = standings.get(i);
                if (all || standing == null || isUsed(limits.get(i).part(nodes), standing)) {
                  told.add(json(limits.get(i).part(nodes), standing));
                }
              }
              return told;
            });
  }

  private static boolean isUsed(Applied applied, Standing standing) {
    Limit limit = applied.subject.limit();
    for (int i = 0; i < standing.left().length; i++) {
      if (standing.left()[i] < limit.quotas().get(i).amount()) {
        return true;
      }
    }
    return false;
  }

  private static JsonObject json(Applied applied, @Nullable Standing standing) {
    Usage usage = new Usage(applied.charge(), standing, applied.rule.effect().shadow());
    return usage
        .toJson()
        .get(0)
        .put("plan", applied.plan == null ? null : applied.plan.name())
        .put("known", standing != null);
  }
}
