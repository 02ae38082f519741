package io.apitwo.limit;

/** How a limit is kept on several nodes. Both admit nothing beyond the quota. */
public enum Accuracy {
  /** Quota is leased ahead where plenty is left, and counted one by one where it is not. */
  EXACT,
  /** Every request waits for the store: nothing is leased, no refusal is remembered. */
  STRICT
}
