package io.apitwo.telemetry;

/** What came of tokens and API keys. Called on one event loop alone. */
public interface IdentityMeter {
  /** Counts nothing. */
  IdentityMeter NONE =
      new IdentityMeter() {
        @Override
        public void token(Token outcome) {}

        @Override
        public void apiKey(ApiKey outcome) {}
      };

  /** What became of a token. */
  enum Token {
    /** Its signature was looked at, and is right. */
    VERIFIED,
    /** It had been verified before. */
    CACHED,
    /** It is no token of the form that is accepted. */
    MALFORMED,
    /** Its algorithm is not among those that are accepted. */
    ALGORITHM,
    /** No key, or more than one, may have signed it. */
    KEY,
    /** A claim is missing, or is not what it has to be. */
    CLAIMS,
    /** It is not valid yet, or no longer. */
    EXPIRED,
    /** Its signature is wrong. */
    SIGNATURE,
    /** It was not looked at: its address has failed too often. */
    THROTTLED
  }

  /** What became of an API key. */
  enum ApiKey {
    /** It is known. */
    KNOWN,
    /** Nobody knows it, or it is of no form that a key has. */
    UNKNOWN,
    /** It was valid once. */
    EXPIRED,
    /** Whoever might know it gives no answer. */
    UNAVAILABLE,
    /** It was not looked for: its address has failed too often. */
    THROTTLED
  }

  void token(Token outcome);

  void apiKey(ApiKey outcome);
}
