package io.apitwo.decide;

import io.apitwo.limit.Decision;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A request that waits for its decision. */
final class Waiter {
  private static final Logger log = LoggerFactory.getLogger(Waiter.class);

  /** A decision that came too late for its window is asked for again, but not for ever. */
  private static final int MOST_TIMES = 3;

  private final Consumer<@Nullable Decision> decided;
  private int times = 1;

  /**
   * @param decided takes the decision, once; null when nobody could say
   */
  Waiter(Consumer<@Nullable Decision> decided) {
    this.decided = decided;
  }

  /** Whether it may be asked for once more, which counts. */
  boolean mayAskAgain() {
    return times++ < MOST_TIMES;
  }

  /** One request's bug must not cost the others of its batch their answers. */
  void complete(@Nullable Decision decision) {
    try {
      decided.accept(decision);
    } catch (RuntimeException bug) {
      log.error("a decision could not be used", bug);
    }
  }
}
