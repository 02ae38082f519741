package io.apitwo.admin;

import io.apitwo.rules.Rules;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;

/** The port by which an operator learns what a client has used. */
@FunctionalInterface
public interface ClientUsage {
  /**
   * @param client the client key
   * @param all whether limits are told too of which nothing is used
   * @return an object a limit. Nothing is counted; does not fail
   */
  Future<JsonArray> usage(Rules rules, String client, boolean all);
}
