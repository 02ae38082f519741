package io.apitwo.limit;

/** What becomes of a request while the store gives no answer. */
public enum OnStoreFailure {
  /** The node keeps its own share of the limit. */
  LOCAL,
  /** It passes, and is not counted. */
  ALLOW,
  /** It is answered 503. */
  DENY
}
