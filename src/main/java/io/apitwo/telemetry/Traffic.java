package io.apitwo.telemetry;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a node has had to do, since its start or in a while.
 *
 * @param requests of any kind
 * @param passed requests that went on to an upstream
 * @param refused decisions against a request, by limit; limits without any may be missing
 */
public record Traffic(long requests, long passed, Map<String, Long> refused) {
  public Traffic {
    refused = Map.copyOf(refused);
  }

  /** What came since an earlier one; of limits those that refused something. */
  public Traffic since(Traffic earlier) {
    Map<String, Long> more = new TreeMap<>();
    refused.forEach(
        (limit, count) -> {
          long fresh = count - earlier.refused.getOrDefault(limit, 0L);
          if (fresh > 0) {
            more.put(limit, fresh);
          }
        });
    return new Traffic(requests - earlier.requests, passed - earlier.passed, more);
  }
}
