package io.apitwo.count;

import io.apitwo.limit.Algorithm;
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
  private final RedisForm form;
  private final RedisPermits permits;
  private final List<byte[]> keys = new ArrayList<>();
  private final List<byte[]> clients = new ArrayList<>();
  private final List<byte[]> shapes = new ArrayList<>();
  private final byte[] groups;
  private int requests;
  private boolean asksPermits;

  /**
   * Writes the call, which is sent now.
   *
   * @param demands at most {@link #MOST}
   */
  RedisBatch(List<Demand> demands, RedisForm form, RedisPermits permits) {
    this.demands = demands;
    this.form = form;
    this.permits = permits;
    int call = form.shapes().nextCall();
    RedisBytes out = RedisBytes.writer();
    for (Demand demand : demands) {
      Charge charge = demand.charge();
      RedisShapes.Shape shape = form.shapes().of(charge);
      if (shape.call != call) {
        shape.call = call;
        shape.number = shapes.size();
        shapes.add(shape.bytes);
      }
      out.put(shape.number, 2).put(charge.cost(), 3);
      out.put(demand.count(), 4).put(charge.isLeasable() ? demand.wish() : 0, 4);
      requests += demand.count();
      for (Subject subject : charge.subjects()) {
        add(subject, out);
      }
    }
    groups = out.toBytes();
  }

  private void add(Subject subject, RedisBytes out) {
    if (form.isPlain(subject)) {
      clients.add(subject.client().getBytes(StandardCharsets.ISO_8859_1));
      return;
    }
    keys.add(RedisKeys.of(subject));
    if (subject.limit().algorithm() == Algorithm.CONCURRENCY) {
      asksPermits = true;
      RedisPermits.Word word = permits.ask(subject);
      out.put(word.sequence(), 7).put(word.holds(), 7);
    }
  }

  int size() {
    return demands.size();
  }

  /** How many requests wait for it. */
  int requests() {
    return requests;
  }

  /** Whether it asks for permits of concurrency limits. */
  boolean asksPermits() {
    return asksPermits;
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
    if (form.mixed()) {
      header.put(permits.holder());
    }
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
      if (granted == UNREADABLE) {
        grants.add(null);
      } else {
        int leased = (int) in.get(4);
        Standing standing = standing(demand.charge(), in, nowMicros, askedNanos, session);
        grants.add(new Grant((int) granted, leased, standing));
      }
    }
    return grants;
  }

  private Standing standing(
      Charge charge, RedisBytes in, long nowMicros, long askedNanos, long session) {
    final long othersMicros = Math.max(0, in.get(7) - nowMicros);
    long[] epochs = new long[charge.subjects().size()];
    for (int i = 0; i < epochs.length; i++) {
      epochs[i] = in.get(7);
    }
    long[] left = new long[charge.buckets()];
    long[] windows = new long[left.length];
    long[] resetMillis = new long[left.length];
    long[] retryMillis = form.mixed() ? new long[left.length] : resetMillis;
    int bucket = 0;
    for (Subject subject : charge.subjects()) {
      for (Quota quota : subject.limit().quotas()) {
        left[bucket] = in.get(7);
        windows[bucket] = in.get(5);
        if (form.mixed()) {
          resetMillis[bucket] = in.get(7);
          retryMillis[bucket] = in.get(7);
        } else {
          long endMicros = ((WindowQuota) quota).window().endMillis(windows[bucket]) * 1_000;
          resetMillis[bucket] = Math.max(1, Math.floorDiv(endMicros - nowMicros, 1_000L));
        }
        bucket++;
      }
    }
    Receipt receipt = new Receipt(session, epochs, windows);
    long othersMillis = (othersMicros + 999) / 1_000;
    return new Standing(left, resetMillis, retryMillis, askedNanos, othersMillis, receipt);
  }

  /**
   * The call has landed: counts the permits that were granted, and lets others ask for them.
   *
   * @param grants one a demand, null where a record could not be read; empty when there is no
   *     answer
   */
  void landed(List<@Nullable Grant> grants, long nowNanos) {
    for (int i = 0; i < demands.size(); i++) {
      Charge charge = demands.get(i).charge();
      if (charge.holdsPermits()) {
        Grant grant = grants.isEmpty() ? null : grants.get(i);
        for (Subject subject : charge.subjects()) {
          if (subject.limit().algorithm() != Algorithm.CONCURRENCY) {
            continue;
          }
          if (grant != null) {
            permits.granted(subject, grant.granted() * charge.cost(), nowNanos);
          } else {
            permits.unanswered(subject, nowNanos);
          }
        }
      }
    }
  }
}
