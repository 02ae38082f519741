package io.apitwo.count;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Subject;

/**
 * A script that settles, and how its calls are written. There are two for each layout: the lean one
 * for charges whose limits all have fixed windows of one calendar, and the mixed one for all
 * others.
 *
 * @param plain whether fixed windows are plain counters, whose keys the script makes itself
 * @param mixed whether it is the mixed one
 */
record RedisForm(RedisScript script, boolean plain, boolean mixed, RedisShapes shapes) {
  static RedisForm lean(boolean plain) {
    return new RedisForm(
        plain ? RedisScript.PLAIN_SETTLE : RedisScript.PACKED_SETTLE,
        plain,
        false,
        new RedisShapes(plain, false));
  }

  static RedisForm mixed(boolean plain) {
    return new RedisForm(
        plain ? RedisScript.PLAIN_MIXED_SETTLE : RedisScript.MIXED_SETTLE,
        plain,
        true,
        new RedisShapes(plain, true));
  }

  /** Whether a charge is for the mixed script. */
  static boolean isMixed(Charge charge) {
    for (Subject subject : charge.subjects()) {
      Limit limit = subject.limit();
      if (limit.algorithm() != Algorithm.FIXED || limit.phased()) {
        return true;
      }
    }
    return false;
  }

  /** Whether a subject's counts are plain counters. */
  boolean isPlain(Subject subject) {
    return plain && subject.limit().algorithm() == Algorithm.FIXED;
  }
}
