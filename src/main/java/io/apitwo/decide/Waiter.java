package io.apitwo.decide;

import io.apitwo.limit.Decision;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A request that waits for its decision. */
final class Waiter {
  private static final Logger log = LoggerFactory.getLogger(Waiter.class);

  /** A decision that came too late for its window is asked for again, but not for ever. */
  private static final int MOST_WINDOWS = 3;

  /** The end of one window can be missed several times, since round trips may get shorter. */
  private static final int MOST_TIMES = 20;

  private final Consumer<@Nullable Decision> decided;
  private long[] missed = {};
  private int windows;
  private int times;

  /**
   * @param decided takes the decision, once; null when nobody could say
   */
  Waiter(Consumer<@Nullable Decision> decided) {
    this.decided = decided;
  }

  /**
   * Notes that a decision came too late.
   *
   * @param late the windows that it was for
   * @return whether to ask again
   */
  boolean misses(long[] late) {
    if (!Arrays.equals(missed, late)) {
      missed = late;
      windows++;
    }
    return windows < MOST_WINDOWS && ++times < MOST_TIMES;
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
