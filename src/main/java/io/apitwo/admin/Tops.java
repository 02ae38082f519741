package io.apitwo.admin;

import io.apitwo.telemetry.TopClients;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** The port by which an operator learns which clients come most often. */
@FunctionalInterface
public interface Tops {
  /**
   * @param limit null for all
   * @param most how many clients of each limit
   */
  Future<TopClients.Top> top(@Nullable String limit, TopClients.By by, int most);
}
