package io.apitwo.decide;

/** Bugs that a simulation must find: what makes it worth something. */
enum Sabotage {
  NONE,
  /** The server does what comes after its time. */
  IGNORES_DEADLINES,
  /** The server carries out twice what was cut off. */
  APPLIES_TWICE,
  /** The server credits each return twice. */
  CREDITS_TWICE,
  /** What passed without the store is charged twice. */
  CHARGES_TWICE
}
