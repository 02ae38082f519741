package io.apitwo.telemetry;

/** How a node gets on with its counter store. Called on the limiter's event loop alone. */
public interface StoreMeter {
  /** Why a call brought no grants. */
  enum Failure {
    /** No answer within {@code store.timeout}. */
    TIMEOUT,
    /** The connection broke, or there was none. */
    CONNECTION,
    /** The store refused the call: out of memory, read-only, no permission and the like. */
    ERROR,
    /** The call came too late by the store's own clock, so that nothing was done. */
    EXPIRED
  }

  /** Measures nothing. */
  StoreMeter NONE =
      new StoreMeter() {
        @Override
        public void answered(int groups, int requests, long micros) {}

        @Override
        public void failed(Failure failure) {}

        @Override
        public void skew(long millis) {}

        @Override
        public void available(boolean available) {}

        @Override
        public void nodes(int live) {}

        @Override
        public void permits(long held) {}
      };

  /**
   * One call was answered.
   *
   * @param groups how many different charges it carried
   * @param requests how many requests waited for it
   * @param micros from sending to the answer
   */
  void answered(int groups, int requests, long micros);

  void failed(Failure failure);

  /** How far the store's clock is ahead of this node's; negative when behind. */
  void skew(long millis);

  void available(boolean available);

  /** How many nodes share the store now, this one included. */
  void nodes(int live);

  /** What this node holds of concurrency limits now, in cost units. */
  void permits(long held);
}
