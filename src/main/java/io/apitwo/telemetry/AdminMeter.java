package io.apitwo.telemetry;

/** What became of requests to the admin API. For any thread. */
@FunctionalInterface
public interface AdminMeter {
  /** What became of one. */
  enum Outcome {
    /** It was answered, and changed nothing. */
    ANSWERED,
    /** It changed something. */
    CHANGED,
    /** It has the token, and was refused for what it says. */
    INVALID,
    /** It has the token, and could not be served. */
    FAILED,
    /** It has no token, a wrong one, or one where it does not belong. */
    TOKEN,
    /** It was not looked at: its address has failed too often. */
    THROTTLED,
    /** It is from a page in a browser. */
    BROWSER
  }

  void request(Outcome outcome);
}
