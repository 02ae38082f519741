package io.apitwo.decide;

import io.apitwo.count.Charged;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One node's connection to the server, and what the network makes of it. It keeps the rules that
 * the real ones keep: a call is not sent twice; after a missed deadline nothing is asked until
 * something is heard; a connection that stays silent is closed; a call carries the time after which
 * the server does nothing; receipts of another connection's life buy nothing.
 */
final class SimulatedLink implements Limiter.Store {
  private static final long TIMEOUT_NANOS = 50 * VirtualTime.MILLI;
  private static final long SILENCE_NANOS = 500 * VirtualTime.MILLI;
  private static final long RECONNECT_NANOS = 100 * VirtualTime.MILLI;

  private final VirtualTime time;
  private final SimulatedServer server;
  private final SimulatedNode node;
  private final Weather weather;
  private final Sabotage sabotage;
  private final Map<Long, Call> pending = new LinkedHashMap<>();

  /**
   * Permits by the part of a charge that takes some: what this node holds, and what the server
   * thinks it does.
   */
  private final Map<Charge, long[]> permits = new HashMap<>();

  private boolean up = true;
  private boolean silent;
  private long session = 1;
  private long number;
  private long lastArrivalNanos;
  private long lastAnswerNanos;
  private long heardNanos;

  /** What was executed and never heard of, in cost units by client. */
  private final Map<String, Long> lost = new HashMap<>();

  /** One call, which ends in one way. */
  private final class Call {
    final long id = number++;
    final long life = session;
    final long notAfterNanos = time.nanos() + TIMEOUT_NANOS;
    final Function<Call, Runnable> work;
    final Consumer<Boolean> failed;
    final @Nullable Runnable expired;
    Runnable undo = () -> {};
    boolean buffered;

    Call(Function<Call, Runnable> work, Consumer<Boolean> failed, @Nullable Runnable expired) {
      this.work = work;
      this.failed = failed;
      this.expired = expired;
    }
  }

  SimulatedLink(
      VirtualTime time,
      SimulatedServer server,
      SimulatedNode node,
      Weather weather,
      Sabotage sabotage) {
    this.time = time;
    this.server = server;
    this.node = node;
    this.weather = weather;
    this.sabotage = sabotage;
  }

  @Override
  public int lanes() {
    return 1;
  }

  @Override
  public int lane(Charge charge) {
    return 0;
  }

  @Override
  public boolean isAvailable(Charge charge) {
    return isAvailable();
  }

  @Override
  public boolean isAvailable() {
    return up && !silent;
  }

  @Override
  public void settle(List<Demand> demands, Limiter.Landing landing) {
    if (!isAvailable()) {
      landing.failed(false);
      return;
    }
    send(
        new Call(
            call -> {
              List<Grant> grants = server.settle(demands);
              call.undo = () -> lose(demands, grants);
              for (int i = 0; i < grants.size(); i++) {
                hold(demands.get(i).charge(), 0, grants.get(i).granted());
              }
              return () -> {
                for (int i = 0; i < grants.size(); i++) {
                  hold(demands.get(i).charge(), grants.get(i).granted(), 0);
                }
                landing.granted(grants.stream().map(grant -> inSession(grant, call.life)).toList());
              };
            },
            landing::failed,
            () -> landing.failed(false)));
  }

  private void lose(List<Demand> demands, List<Grant> grants) {
    for (int i = 0; i < grants.size(); i++) {
      Charge charge = demands.get(i).charge();
      long count = grants.get(i).granted() + grants.get(i).leased();
      lose(charge, count);
    }
  }

  private void lose(Charge charge, long count) {
    lost.merge(charge.subjects().get(0).client(), count * charge.cost(), Long::sum);
  }

  /** What was executed for a client and never heard of, in cost units. */
  long lost(String client) {
    return lost.getOrDefault(client, 0L);
  }

  private void hold(Charge charge, long mine, long theirs) {
    if (charge.holdsPermits()) {
      BitSet which = new BitSet();
      for (int i = 0; i < charge.subjects().size(); i++) {
        which.set(i, charge.subjects().get(i).limit().algorithm() == Algorithm.CONCURRENCY);
      }
      long[] held = permits.computeIfAbsent(charge.part(which), any -> new long[2]);
      held[0] += mine;
      held[1] += theirs;
    }
  }

  private static Grant inSession(Grant grant, long session) {
    Standing standing = grant.standing();
    Receipt receipt = standing.receipt();
    return new Grant(
        grant.granted(),
        grant.leased(),
        new Standing(
            standing.left(),
            standing.resetMillis(),
            standing.retryMillis(),
            standing.askedNanos(),
            standing.othersMillis(),
            new Receipt(session, receipt.epochs(), receipt.windows())));
  }

  @Override
  public void charge(List<Hit> hits, Consumer<Charged> then) {
    if (!isAvailable()) {
      then.accept(Charged.undone(hits));
      return;
    }
    send(
        new Call(
            call -> {
              server.charge(hits);
              return () -> then.accept(Charged.ALL);
            },
            inDoubt -> then.accept(inDoubt ? Charged.inDoubt(hits) : Charged.undone(hits)),
            () -> then.accept(Charged.undone(hits))));
  }

  @Override
  public void giveBack(List<Return> returns, Runnable done) {
    List<Return> valid = new ArrayList<>();
    for (Return back : returns) {
      hold(back.charge(), -back.count(), 0);
      if (back.receipt().session() == session && isAvailable()) {
        valid.add(back);
      } else {
        loseReturns(List.of(back));
      }
    }
    if (valid.isEmpty()) {
      done.run();
      return;
    }
    send(
        new Call(
            call -> {
              server.giveBack(valid);
              valid.forEach(back -> hold(back.charge(), 0, -back.count()));
              return done;
            },
            inDoubt -> {
              loseReturns(valid);
              done.run();
            },
            () -> {
              loseReturns(valid);
              done.run();
            }));
  }

  private void loseReturns(List<Return> returns) {
    for (Return back : returns) {
      if (!back.spent()) {
        lose(back.charge(), back.count());
      }
    }
  }

  private void send(Call call) {
    pending.put(call.id, call);
    node.at(time.nanos() + TIMEOUT_NANOS, () -> overdue(call));
    if (weather.cutsBefore()) {
      node.at(time.nanos() + weather.latencyNanos(), this::broken);
      return;
    }
    lastArrivalNanos = Math.max(lastArrivalNanos, time.nanos() + weather.latencyNanos());
    time.at(lastArrivalNanos, () -> arrive(call));
  }

  private void arrive(Call call) {
    if (call.life != session && !call.buffered) {
      return; // its connection broke before
    }
    if (server.isStopped()) {
      call.buffered = true;
      time.at(server.startsNanos(time.nanos()), () -> arrive(call));
      return;
    }
    if (time.nanos() > call.notAfterNanos && sabotage != Sabotage.IGNORES_DEADLINES) {
      answer(call, call.expired == null ? () -> {} : call.expired);
      return;
    }
    Runnable answer = call.work.apply(call);
    boolean cut = weather.cutsAfter();
    if (cut && sabotage == Sabotage.APPLIES_TWICE) {
      Runnable known = call.undo;
      call.work.apply(call);
      call.undo = known;
    }
    if (cut && call.life == session) {
      node.at(time.nanos() + weather.latencyNanos(), this::broken);
    } else {
      answer(call, answer);
    }
  }

  private void answer(Call call, Runnable what) {
    lastAnswerNanos = Math.max(lastAnswerNanos, time.nanos() + weather.latencyNanos());
    node.at(
        lastAnswerNanos,
        () -> {
          if (call.life == session && pending.remove(call.id) != null) {
            heard();
            what.run();
          }
        });
  }

  private void heard() {
    heardNanos = time.nanos();
    if (silent) {
      silent = false;
      node.storeChanged();
    }
  }

  private void overdue(Call call) {
    if (call.life != session || !pending.containsKey(call.id)) {
      return;
    }
    if (time.nanos() - call.notAfterNanos > 10 * VirtualTime.MILLI && !silent) {
      // the process stood still: answers may be there
      node.at(time.nanos() + 10 * VirtualTime.MILLI, () -> overdueNow(call));
    } else {
      overdueNow(call);
    }
  }

  private void overdueNow(Call call) {
    if (call.life != session || !pending.containsKey(call.id) || silent) {
      return;
    }
    silent = true;
    heardNanos = time.nanos();
    node.storeChanged();
    node.at(
        time.nanos() + SILENCE_NANOS,
        () -> {
          if (silent && call.life == session && time.nanos() - heardNanos >= SILENCE_NANOS) {
            broken();
          }
        });
  }

  /** The connection is gone, and with it the answers to all that was asked on it. */
  void broken() {
    if (!up) {
      return;
    }
    up = false;
    silent = false;
    session++;
    List<Call> ended = new ArrayList<>(pending.values());
    pending.clear();
    for (Call call : ended) {
      call.undo.run();
      call.failed.accept(true);
    }
    node.storeChanged();
    reconnectLater();
  }

  private void reconnectLater() {
    node.at(
        time.nanos() + RECONNECT_NANOS,
        () -> {
          if (server.isStopped()) {
            reconnectLater();
          } else {
            up = true;
            sayWhatIsHeld();
            node.storeChanged();
          }
        });
  }

  /** What was granted and not heard of comes back when the node says what it holds in all. */
  private void sayWhatIsHeld() {
    permits.forEach(
        (charge, held) -> {
          if (held[1] > held[0]) {
            release(charge, held[1] - held[0]);
            held[1] = held[0];
          }
        });
  }

  private void release(Charge charge, long count) {
    Grant now = server.settle(List.of(new Demand(charge, 0))).get(0);
    server.giveBack(List.of(new Return(charge, count, now.standing().receipt(), true)));
  }

  /** What the node holds of permits, in charges. */
  long held() {
    return permits.values().stream().mapToLong(held -> held[0]).sum();
  }

  /** The server finds that the node is no more. */
  void forgotten() {
    permits.forEach(
        (charge, held) -> {
          if (held[1] > 0) {
            release(charge, held[1]);
          }
        });
    permits.clear();
  }
}
