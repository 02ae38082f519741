package io.apitwo.config;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** What else must hold for a push, once it is known what it would come after. */
interface Condition {
  Condition NONE =
      new Condition() {
        @Override
        public Future<Boolean> holds(History history, @Nullable Entry head) {
          return Future.succeededFuture(true);
        }

        @Override
        public boolean looksBack() {
          return false;
        }
      };

  /** Whether it needs the history whole. */
  default boolean looksBack() {
    return true;
  }

  Future<Boolean> holds(History history, @Nullable Entry head);
}
