package io.apitwo.decide;

/** What goes wrong in a simulation, for a while or at once. */
enum Fault {
  /** A node's process ends without a word; another one takes its place a little later. */
  KILL,
  /** A node's process stands still; time goes on. */
  PAUSE,
  /** Calls are lost on their way, and their connections break. */
  CUT_BEFORE,
  /** Answers are lost, and their connections break. */
  CUT_AFTER,
  /** Every call takes long. */
  SLOW,
  /** The server stands still; what reaches it is dealt with afterwards. */
  STOP,
  /** A node's wall clock jumps. */
  SKEW,
  /** The server is replaced by one that lacks the last moments. */
  FAILOVER,
  /** The server comes back empty. */
  RESTART,
  /** A node joins. */
  SCALE_OUT,
  /** A node leaves in good order. */
  SCALE_IN,
  /** Other rules come into force, at each node at another instant. */
  RULES,
  /** Many requests come at once. */
  HERD
}
