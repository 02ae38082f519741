package io.apitwo.telemetry;

/**
 * What passes without the store's word, in cost units. Called on the limiter's event loop alone.
 */
public interface LadderMeter {
  /** Measures nothing. */
  LadderMeter NONE =
      new LadderMeter() {
        @Override
        public void passed(long cost) {}

        @Override
        public void remembered(long cost) {}

        @Override
        public void charged(long cost) {}

        @Override
        public void inDoubt(long cost) {}

        @Override
        public void dropped(long cost) {}
      };

  /** Passed without the store's word: what may be beyond a limit. */
  void passed(long cost);

  /** So much more, or with a minus so much less, waits to be charged to the store. */
  void remembered(long cost);

  /** Was charged to the store afterwards. */
  void charged(long cost);

  /** May have been charged, and will not be again: the store gave no answer, or met an error. */
  void inDoubt(long cost);

  /** Will not be charged: its windows are over, or there was no room to remember it. */
  void dropped(long cost);
}
