package io.apitwo.admin;

import io.apitwo.telemetry.Frequent;
import io.apitwo.telemetry.TopClients;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The port by which an operator learns which clients come most often. */
@FunctionalInterface
public interface Tops {
  /**
   * @param limit null for all
   * @param most how many clients of each limit
   * @return by limit, the most frequent first
   */
  Future<Map<String, List<Frequent>>> top(@Nullable String limit, TopClients.By by, int most);
}
