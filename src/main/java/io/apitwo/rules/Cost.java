package io.apitwo.rules;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What requests of a route charge, in cost units from 1 to 1,000,000.
 *
 * @param standard where nothing else is said
 * @param methods of single methods; GET takes HEAD along
 * @param header in lower case: where a trusted proxy says the cost of a request; null for nowhere
 */
public record Cost(long standard, Map<String, Long> methods, @Nullable String header) {
  /** One unit a request. */
  public static final Cost ONE = new Cost(1, Map.of(), null);

  public Cost {
    methods = Map.copyOf(methods);
  }

  /** What a request of a method costs, unless its header says otherwise. */
  public long of(String method) {
    if (methods.isEmpty()) {
      return standard;
    }
    Long own = methods.get(method);
    Long asGet = own == null && method.equals("HEAD") ? methods.get("GET") : own;
    return asGet == null ? standard : asGet;
  }

  /** The largest cost that the rules themselves name. */
  long most() {
    return methods.values().stream().mapToLong(Long::longValue).reduce(standard, Math::max);
  }
}
