package io.apitwo.count;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Subject;
import io.apitwo.limit.WindowQuota;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The limits of charges as scripts read them, written once and kept: there are few, the rules name
 * them all. Confined to one thread.
 */
final class RedisShapes {
  /** Many more than rules have; past it, what old rules have left is forgotten. */
  private static final int MOST = 4_096;

  private final boolean named;
  private final Map<List<Limit>, Shape> shapes = new HashMap<>();
  private int calls;

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
   * @param named whether the script wants the limits' names, as the plain one does
   */
  RedisShapes(boolean named) {
    this.named = named;
  }

  /** A number for the call that is to be written, by which it marks its shapes. */
  int nextCall() {
    return ++calls;
  }

  Shape of(Charge charge) {
    List<Limit> limits = limits(charge);
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

  private static List<Limit> limits(Charge charge) {
    List<Subject> subjects = charge.subjects();
    if (subjects.size() == 1) {
      return List.of(subjects.get(0).limit());
    }
    List<Limit> limits = new ArrayList<>(subjects.size());
    for (Subject subject : subjects) {
      limits.add(subject.limit());
    }
    return limits;
  }

  private byte[] encode(List<Limit> limits) {
    RedisBytes out = RedisBytes.writer().put(limits.size(), 2);
    for (Limit limit : limits) {
      if (named) {
        byte[] name = limit.name().getBytes(StandardCharsets.ISO_8859_1);
        out.put(name.length, 2).put(name);
      }
      out.put(limit.quotas().size(), 1);
      for (Quota quota : limit.quotas()) {
        out.put(((WindowQuota) quota).window().ordinal(), 1).put(quota.amount(), 7);
      }
    }
    return out.toBytes();
  }
}
