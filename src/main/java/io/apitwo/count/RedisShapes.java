package io.apitwo.count;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Phase;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Subject;
import io.apitwo.limit.WindowQuota;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The limits of charges as scripts read them, written once and kept: there are few, the rules name
 * them all, and a client has one of a few phases. Confined to one thread.
 */
final class RedisShapes {
  /** Many more than rules have; past it, what old rules have left is forgotten. */
  private static final int MOST = 4_096;

  private final boolean named;
  private final boolean mixed;
  private final Map<List<Phased>, Shape> shapes = new HashMap<>();
  private int calls;

  /** A limit for the clients of a phase. */
  private record Phased(Limit limit, int phase) {
    static Phased of(Subject subject) {
      Limit limit = subject.limit();
      return new Phased(limit, limit.phased() ? Phase.of(subject.client()) : 0);
    }
  }

  /** The limits of a charge, and its number in the call that is being written. */
  static final class Shape {
    final byte[] bytes;
    int number;
    int call;

    Shape(byte[] bytes) {
      this.bytes = bytes;
    }
  }

  /**
   * @param named whether the script wants the names of limits with fixed windows, as those for
   *     plain counters do
   * @param mixed whether the script knows more than fixed windows of one calendar
   */
  RedisShapes(boolean named, boolean mixed) {
    this.named = named;
    this.mixed = mixed;
  }

  /** A number for the call that is to be written, by which it marks its shapes. */
  int nextCall() {
    return ++calls;
  }

  Shape of(Charge charge) {
    List<Phased> limits = limits(charge);
    Shape shape = shapes.get(limits);
    if (shape == null) {
      if (shapes.size() >= MOST) {
        shapes.clear();
      }
      shape = new Shape(encode(limits));
      shapes.put(limits, shape);
    }
    return shape;
  }

  private static List<Phased> limits(Charge charge) {
    List<Subject> subjects = charge.subjects();
    if (subjects.size() == 1) {
      return List.of(Phased.of(subjects.get(0)));
    }
    List<Phased> limits = new ArrayList<>(subjects.size());
    for (Subject subject : subjects) {
      limits.add(Phased.of(subject));
    }
    return limits;
  }

  private byte[] encode(List<Phased> limits) {
    RedisBytes out = RedisBytes.writer().put(limits.size(), 2);
    for (Phased each : limits) {
      if (mixed) {
        out.put(each.limit.algorithm().ordinal(), 1).put(each.phase, 1);
      }
      if (named && each.limit.algorithm() == Algorithm.FIXED) {
        byte[] name = each.limit.name().getBytes(StandardCharsets.ISO_8859_1);
        out.put(name.length, 2).put(name);
      }
      encode(each.limit, out);
    }
    return out.toBytes();
  }

  private static void encode(Limit limit, RedisBytes out) {
    if (limit.algorithm().hasWindows()) {
      out.put(limit.quotas().size(), 1);
    }
    for (Quota quota : limit.quotas()) {
      if (quota instanceof WindowQuota window) {
        out.put(window.window().ordinal(), 1).put(window.amount(), 7);
      } else if (quota instanceof RateQuota rate) {
        out.put(rate.unit(), 7).put(rate.refill(), 7).put(rate.burst(), 7);
      } else if (quota instanceof ConcurrencyQuota permits) {
        out.put(permits.max(), 7);
      }
    }
  }
}
