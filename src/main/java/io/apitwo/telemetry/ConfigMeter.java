package io.apitwo.telemetry;

/** What happens to the revisions of the rules, and to the cluster that shares them. */
public interface ConfigMeter {
  /** Measures nothing. */
  ConfigMeter NONE =
      new ConfigMeter() {
        @Override
        public void members(int count) {}

        @Override
        public void pushed(Outcome outcome) {}

        @Override
        public void lag(long revisions) {}

        @Override
        public void forged() {}
      };

  /** What became of a push. */
  enum Outcome {
    /** Every node that is known runs it. */
    CONVERGED,
    /** It has its number, and not all nodes said that they run it. */
    PARTIAL,
    /** It is not valid. */
    INVALID,
    /** It was made from a revision that is no longer the newest. */
    CONFLICT,
    /** The authority gave no answer. */
    UNAVAILABLE
  }

  /** How many members the cluster has, as this node sees it. */
  void members(int count);

  void pushed(Outcome outcome);

  /** By how many revisions this node is behind the newest that it has heard of. */
  void lag(long revisions);

  /** Something came that nobody of the cluster wrote. */
  void forged();
}
