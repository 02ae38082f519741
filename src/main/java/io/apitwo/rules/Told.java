package io.apitwo.rules;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What clients are told about a limit.
 *
 * @param headers which header families responses get
 * @param retryAfterJitter how much later than need be, at most and at random, a refused client is
 *     told to come back, so that not all come at once; 0 to 1 h
 * @param refusal how a request that it refuses is answered
 */
public record Told(Headers headers, Duration retryAfterJitter, Refusal refusal) {
  /** As where nothing else is said. */
  public static final Told BY_DEFAULT =
      new Told(new Headers(true, false), Duration.ZERO, Refusal.BY_DEFAULT);

  /**
   * @param ietf {@code RateLimit-Policy} and {@code RateLimit}
   * @param xRateLimit {@code X-RateLimit-Limit}, {@code -Remaining} and {@code -Reset}
   */
  public record Headers(boolean ietf, boolean xRateLimit) {}

  /**
   * @param status 400 to 599
   * @param body null for the gateway's own words
   * @param contentType of the body
   */
  public record Refusal(int status, @Nullable String body, String contentType) {
    public static final Refusal BY_DEFAULT = new Refusal(429, null, "application/json");
  }
}
