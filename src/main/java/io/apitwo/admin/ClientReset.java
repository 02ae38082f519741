package io.apitwo.admin;

import io.apitwo.rules.Rules;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** The port by which an operator has the store forget what a client has used. */
@FunctionalInterface
public interface ClientReset {
  /**
   * @param client the client key
   * @param limit null for all
   * @return an id, by which this node knows that it has done so; fails with an {@link
   *     io.apitwo.config.AuthorityException} when it is not known to have been done
   */
  Future<String> reset(Rules rules, String client, @Nullable String limit);
}
