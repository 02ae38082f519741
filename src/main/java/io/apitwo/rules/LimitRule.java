package io.apitwo.rules;

import io.apitwo.limit.Limit;
import java.time.Duration;
import java.util.List;

/**
 * A limit of the rules: what is allowed, to whom it applies, and what clients are told.
 *
 * @param by the parts of the client key, composed in this order; at least one
 * @param missing what stands in for a part that the request does not carry
 * @param headers which header families responses get
 * @param retryAfterJitter how much later than need be, at most and at random, a refused client is
 *     told to come back, so that not all come at once; 0 to 1 h
 */
public record LimitRule(
    Limit limit, List<KeyPart> by, Missing missing, Headers headers, Duration retryAfterJitter) {
  public LimitRule {
    by = List.copyOf(by);
  }

  /** What to do with a request that lacks a part of the client key. */
  public enum Missing {
    /** The client's address stands in. */
    ADDRESS,
    /** All such requests share one client. */
    ANONYMOUS,
    /** The request is answered 401. */
    UNAUTHORIZED
  }

  /**
   * @param ietf {@code RateLimit-Policy} and {@code RateLimit}
   * @param xRateLimit {@code X-RateLimit-Limit}, {@code -Remaining} and {@code -Reset}
   */
  public record Headers(boolean ietf, boolean xRateLimit) {}
}
