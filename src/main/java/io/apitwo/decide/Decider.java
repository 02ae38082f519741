package io.apitwo.decide;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Standing;
import io.apitwo.rules.Rules;
import io.vertx.core.Future;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** The port through which a proxy asks. One for each event loop; called and completed on it. */
public interface Decider {
  /** Decides one charge with what the loop knows, if it can; null when somebody must be asked. */
  @Nullable Decision decideNow(Charge charge);

  /**
   * Decides one charge by asking.
   *
   * @return the decision, a refusal included; fails when the store could not say in time, and then
   *     the limits' {@code onStoreFailure} decides
   */
  Future<Decision> decide(Charge charge);

  /**
   * Looks where the buckets of a charge stand; nothing is charged.
   *
   * @return null while the store gives no answer. Does not fail
   */
  Future<@Nullable Standing> look(Charge charge);

  /**
   * A request that was allowed will not go anywhere: what it was charged goes back, as far as it
   * can. Instead of {@link #ended}.
   */
  void unused(Decision decision);

  /**
   * The response to a request that was allowed says that some of its limits do not charge for it:
   * what they were charged goes back. Beside {@link #ended}, and at most once for each request.
   *
   * @param which positions in the subjects of the decision's charge; of fixed windows all
   */
  void refund(Decision decision, BitSet which);

  /**
   * A request that was decided has ended, whichever way: what it held while it was in flight comes
   * back at once. To be said of each once; nothing happens for those that held nothing.
   */
  void ended(Decision decision);

  /** Other rules are in force from now on: leases of limits that changed go back unspent. */
  void rulesChanged(Rules rules);
}
