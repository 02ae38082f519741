package io.apitwo.identify;

import io.apitwo.rules.Rules;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Verifies the tokens and API keys that requests show. One for each event loop. */
public interface Identifier {
  /** Accepts nothing. */
  Identifier NONE =
      new Identifier() {
        @Override
        public Identified now(Request request, Caller caller, Admission admission) {
          return Identified.NOBODY;
        }

        @Override
        public void ask(
            Request request, Caller caller, Admission admission, Consumer<Identified> then) {
          then.accept(Identified.NOBODY);
        }
      };

  /**
   * Looks at what a request shows, as far as the admission to its route needs it.
   *
   * @return null when somebody else must be asked
   */
  @Nullable Identified now(Request request, Caller caller, Admission admission);

  /** The rules that admissions are of from now on; told before any of them is asked about. */
  default void rulesChanged(Rules rules) {}

  /** Asks somebody else; {@code then} is told once, on the same event loop. */
  void ask(Request request, Caller caller, Admission admission, Consumer<Identified> then);
}
