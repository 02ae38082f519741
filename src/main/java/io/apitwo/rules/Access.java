package io.apitwo.rules;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which clients are treated how.
 *
 * @param plans the first that fits is a client's
 * @param allow clients without limits
 * @param deny clients that are answered 403; goes before {@code allow}
 * @param quotaPath where a client reads its own limits; null for nowhere
 */
public record Access(
    List<Plan> plans, ClientList allow, ClientList deny, @Nullable String quotaPath) {
  /** All alike. */
  public static final Access ALIKE =
      new Access(List.of(), ClientList.EMPTY, ClientList.EMPTY, null);

  public Access {
    plans = List.copyOf(plans);
  }

  public @Nullable Plan plan(String name) {
    for (Plan plan : plans) {
      if (plan.name().equals(name)) {
        return plan;
      }
    }
    return null;
  }
}
