package io.apitwo.identify;

import io.apitwo.limit.Charge;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** As what a request may come in. */
public sealed interface Admitted {
  /** Its client is kept out. */
  record Denied() implements Admitted {}

  /**
   * An operator keeps its client out.
   *
   * @param until when that ends
   */
  record Blocked(Instant until) implements Admitted {}

  /** It does not say who sends it, and a limit wants to know. */
  record Unidentified() implements Admitted {}

  /** Without limits: its client is let through, or the route has none. */
  record Free() implements Admitted {}

  /**
   * Under limits.
   *
   * @param charge of those that are enforced; null when there are only shadows
   * @param shadows a charge for each limit that only counts
   * @param own whether some of what is allowed is the client's own, in the place of the rule's
   */
  record Limited(Applied applied, @Nullable Charge charge, List<Charge> shadows, boolean own)
      implements Admitted {}
}
