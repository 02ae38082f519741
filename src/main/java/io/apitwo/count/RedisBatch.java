package io.apitwo.count;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.WindowQuota;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Demands as one call of a script that settles, and its answer as grants. The bytes are described
 * in the scripts. Confined to one thread.
 */
final class RedisBatch {
  /** Demands in one call: Redis serves nobody else while a script runs. */
  static final int MOST = 128;

  private static final long UNREADABLE = 0xFFFFFFFFL;

  private final List<Demand> demands;
  private final List<byte[]> keys = new ArrayList<>();
  private final List<byte[]> clients = new ArrayList<>();
  private final List<byte[]> shapes = new ArrayList<>();
  private final byte[] groups;
  private int requests;

  /**
   * @param demands at most {@link #MOST}
   * @param plain whether for the plain layout, whose script makes the keys itself
   */
  RedisBatch(List<Demand> demands, RedisShapes known, boolean plain) {
    this.demands = demands;
    int call = known.nextCall();
    RedisBytes out = RedisBytes.writer();
    for (Demand demand : demands) {
      Charge charge = demand.charge();
      RedisShapes.Shape shape = known.of(charge);
      if (shape.call != call) {
        shape.call = call;
        shape.number = shapes.size();
        shapes.add(shape.bytes);
      }
      out.put(shape.number, 2).put(charge.cost(), 3);
      out.put(demand.count(), 4).put(demand.wish(), 4);
      requests += demand.count();
      for (Subject subject : charge.subjects()) {
        if (plain) {
          clients.add(subject.client().getBytes(StandardCharsets.ISO_8859_1));
        } else {
          keys.add(RedisKeys.packed(subject.limit().name(), subject.client()));
        }
      }
    }
    groups = out.toBytes();
  }

  int size() {
    return demands.size();
  }

  /** How many requests wait for it. */
  int requests() {
    return requests;
  }

  List<byte[]> keys() {
    return keys;
  }

  /**
   * @param notAfterMicros Redis's time after which the call must do nothing
   * @param nodes how many share the store
   * @param perNode how many on each may hold leases at once
   */
  List<byte[]> arguments(long notAfterMicros, int nodes, int perNode) {
    RedisBytes header = RedisBytes.writer().put(notAfterMicros, 7);
    header.put((long) nodes * perNode, 4).put(perNode, 2);
    header.put(shapes.size(), 2);
    shapes.forEach(header::put);
    List<byte[]> arguments = new ArrayList<>(2 + clients.size());
    arguments.add(header.toBytes());
    arguments.add(groups);
    arguments.addAll(clients);
    return arguments;
  }

  /**
   * @param answer of the script, which was in time
   * @param askedNanos the instant of the nano clock before the call was sent
   * @param session of the connection
   * @return a grant for each demand, null where a record could not be read
   */
  List<@Nullable Grant> grants(byte[] answer, long askedNanos, long session) {
    RedisBytes in = RedisBytes.reader(answer);
    in.get(1);
    long nowMicros = in.get(7);
    List<@Nullable Grant> grants = new ArrayList<>(demands.size());
    for (Demand demand : demands) {
      long granted = in.get(4);
      grants.add(
          granted == UNREADABLE
              ? null
              : grant(demand.charge(), (int) granted, in, nowMicros, askedNanos, session));
    }
    return grants;
  }

  private static Grant grant(
      Charge charge, int granted, RedisBytes in, long nowMicros, long askedNanos, long session) {
    final int leased = (int) in.get(4);
    final long othersMicros = Math.max(0, in.get(7) - nowMicros);
    long[] epochs = new long[charge.subjects().size()];
    for (int i = 0; i < epochs.length; i++) {
      epochs[i] = in.get(7);
    }
    long[] left = new long[charge.buckets()];
    long[] windows = new long[left.length];
    long[] resetMillis = new long[left.length];
    int bucket = 0;
    for (Subject subject : charge.subjects()) {
      for (Quota quota : subject.limit().quotas()) {
        left[bucket] = in.get(7);
        windows[bucket] = in.get(5);
        long endMicros = ((WindowQuota) quota).window().endMillis(windows[bucket]) * 1_000;
        resetMillis[bucket] = Math.max(1, Math.floorDiv(endMicros - nowMicros, 1_000L));
        bucket++;
      }
    }
    return new Grant(
        granted,
        leased,
        new Standing(
            left,
            resetMillis,
            askedNanos,
            (othersMicros + 999) / 1_000,
            new Receipt(session, epochs, windows)));
  }
}
