package io.apitwo.admin;

import io.apitwo.rules.Rules;
import io.apitwo.rules.Sample;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** The port by which an operator learns what would become of a request. */
@FunctionalInterface
public interface Explain {
  /** A JSON object for people and scripts. Nothing is counted; does not fail. */
  Future<JsonObject> explain(Rules rules, Sample sample);
}
