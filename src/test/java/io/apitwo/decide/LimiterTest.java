package io.apitwo.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.bus.Answer;
import io.apitwo.bus.Ask;
import io.apitwo.bus.Batch;
import io.apitwo.decide.UnsteadyStore.Fate;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.telemetry.LadderMeter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The limiter of one of two nodes, in virtual time, while its store comes and goes. */
class LimiterTest {
  private static final Duration TIMEOUT = Duration.ofMillis(50);

  private final VirtualTime time = new VirtualTime("2025-06-29T15:38:07Z");
  private final UnsteadyStore store = new UnsteadyStore(time);
  private final Sums sums = new Sums();
  private final List<@Nullable Grant> answers = new ArrayList<>();
  private final Limiter limiter = limiter();

  private static final class Sums implements LadderMeter {
    long passed;
    long remembered;
    long charged;
    long inDoubt;
    long dropped;

    @Override
    public void passed(long cost) {
      passed += cost;
    }

    @Override
    public void remembered(long cost) {
      remembered += cost;
    }

    @Override
    public void charged(long cost) {
      charged += cost;
    }

    @Override
    public void inDoubt(long cost) {
      inDoubt += cost;
    }

    @Override
    public void dropped(long cost) {
      dropped += cost;
    }
  }

  private Limiter limiter() {
    LocalShare share = new LocalShare(time::instant, time::nanos, 1_000_000);
    Limiter.Outside outside =
        new Limiter.Outside() {
          @Override
          public void answer(String loop, List<Answer> some) {
            some.forEach(answer -> answers.add(answer.grant()));
          }

          @Override
          public void after(long millis, Runnable task) {
            time.after(millis, task);
          }
        };
    return new Limiter(store, new Ladder(share, () -> 2, sums), outside, time::nanos, TIMEOUT);
  }

  private static Charge minute(String client, OnStoreFailure onStoreFailure) {
    return Grants.charge(
        client, onStoreFailure, Quota.of(Window.MINUTE, 10), Quota.of(Window.HOUR, 100));
  }

  private static Charge local(String client) {
    return minute(client, OnStoreFailure.LOCAL);
  }

  /** Asks for so many, and lets a moment pass. */
  private int ask(Charge charge, int count) {
    int before = answers.size();
    limiter.take(new Batch("loop", List.of(new Ask(charge, count, 0, "t"))));
    time.pass(5);
    return granted(before);
  }

  private int granted(int from) {
    int granted = 0;
    for (Grant grant : answers.subList(from, answers.size())) {
      granted += grant == null ? 0 : grant.granted();
    }
    return granted;
  }

  private void available(boolean now) {
    store.available = now;
    limiter.storeChanged();
  }

  private long used(Charge charge, Window window) {
    return store.used(charge.subjects().get(0), window);
  }

  @Test
  void without_the_store_the_node_keeps_its_share_of_each_window() {
    available(false);
    assertThat(ask(local("c"), 4)).isEqualTo(4);
    assertThat(ask(local("c"), 4)).isEqualTo(1);
    assertThat(ask(local("d"), 9)).isEqualTo(5);
    time.pass(60_000);
    assertThat(ask(local("c"), 9)).isEqualTo(5);
    assertThat(sums.passed).isEqualTo(15);
  }

  @Test
  void a_limit_that_denies_passes_nothing_and_one_that_allows_all() {
    available(false);
    assertThat(ask(minute("c", OnStoreFailure.DENY), 1)).isZero();
    assertThat(answers).containsExactly((Grant) null);
    assertThat(ask(minute("c", OnStoreFailure.ALLOW), 500)).isEqualTo(500);
  }

  @Test
  void what_is_decided_without_the_store_says_so_and_is_never_on_lease() {
    available(false);
    limiter.take(new Batch("loop", List.of(new Ask(local("c"), 1, 1_000, "t"))));
    assertThat(answers).hasSize(1);
    assertThat(answers.get(0).standing().receipt().isLocal()).isTrue();
    assertThat(answers.get(0).leased()).isZero();
    assertThat(answers.get(0).left(0)).isEqualTo(4);
  }

  @Test
  void the_first_ones_wait_for_a_silent_store_and_nobody_after_it_is_known_to_be_silent() {
    store.fate = Fate.HELD;
    ask(local("c"), 1);
    time.pass(40);
    assertThat(answers).isEmpty();
    time.pass(15);
    assertThat(granted(0)).isEqualTo(1);
    assertThat(limiter.isDegraded()).isFalse();
    ask(local("c"), 1);
    available(false);
    assertThat(limiter.isDegraded()).isTrue();
    assertThat(granted(0)).isEqualTo(2);
    limiter.take(new Batch("loop", List.of(new Ask(local("c"), 1, 0, "t"))));
    assertThat(granted(0)).isEqualTo(3);
  }

  @Test
  void the_share_is_that_of_what_was_left_when_the_store_had_last_spoken() {
    assertThat(ask(local("c"), 7)).isEqualTo(7);
    available(false);
    assertThat(ask(local("c"), 9)).isEqualTo(1);
    time.pass(60_000);
    assertThat(ask(local("c"), 9)).isEqualTo(5);
  }

  @Test
  void a_second_outage_in_a_window_gives_no_second_share() {
    available(false);
    assertThat(ask(local("c"), 3)).isEqualTo(3);
    available(true);
    time.pass(1_000);
    available(false);
    assertThat(ask(local("c"), 9)).isEqualTo(2);
  }

  @Test
  void hits_are_charged_before_the_next_batch_of_their_client() {
    available(false);
    assertThat(ask(local("c"), 4)).isEqualTo(4);
    store.available = true; // nobody has been told yet
    assertThat(ask(local("c"), 20)).isEqualTo(6);
    assertThat(used(local("c"), Window.MINUTE)).isEqualTo(10);
    assertThat(used(local("c"), Window.HOUR)).isEqualTo(10);
    assertThat(sums.charged).isEqualTo(4);
    assertThat(sums.remembered).isZero();
  }

  @Test
  void hits_of_those_who_do_not_come_again_are_charged_a_call_at_a_time() {
    available(false);
    for (int i = 0; i < 300; i++) {
      ask(local("c" + i), 1);
    }
    assertThat(sums.remembered).isEqualTo(300);
    store.latencyMillis = 20;
    available(true);
    assertThat(store.chargeCalls).containsExactly(128);
    time.pass(15);
    assertThat(store.chargeCalls).containsExactly(128);
    time.pass(100);
    assertThat(store.chargeCalls).containsExactly(128, 128, 44);
    assertThat(used(local("c299"), Window.HOUR)).isEqualTo(1);
    assertThat(sums.charged).isEqualTo(300);
  }

  @Test
  void hits_of_which_nobody_knows_are_counted_as_such_and_not_charged_again() {
    available(false);
    ask(local("c"), 3);
    store.fate = Fate.LOST;
    available(true);
    time.pass(500);
    assertThat(store.chargeCalls).containsExactly(1);
    assertThat(sums.inDoubt).isEqualTo(3);
    assertThat(sums.charged).isZero();
    assertThat(sums.remembered).isZero();
  }

  @Test
  void what_passes_freely_is_charged_beyond_the_quota() {
    Charge allowed = minute("c", OnStoreFailure.ALLOW);
    available(false);
    assertThat(ask(allowed, 60)).isEqualTo(60);
    available(true);
    time.pass(10);
    assertThat(used(allowed, Window.MINUTE)).isEqualTo(60);
    assertThat(ask(allowed, 1)).isZero();
  }

  @Test
  void windows_that_are_over_are_dropped_and_longer_ones_are_charged() {
    available(false);
    ask(local("c"), 3);
    time.pass(60_000);
    ask(local("c"), 2);
    available(true);
    time.pass(10);
    assertThat(used(local("c"), Window.MINUTE)).isEqualTo(2);
    assertThat(used(local("c"), Window.HOUR)).isEqualTo(5);
    available(false);
    ask(local("c"), 1);
    time.pass(3_600_000);
    available(true);
    time.pass(10);
    assertThat(used(local("c"), Window.HOUR)).isZero();
    assertThat(sums.dropped).isEqualTo(1);
    assertThat(sums.remembered).isZero();
  }

  @Test
  void hits_that_are_refused_are_kept_and_not_tried_with_every_batch() {
    store.fate = Fate.REFUSED;
    for (int i = 0; i < 20; i++) {
      ask(local("c" + i), 1); // 100 ms in all
    }
    assertThat(store.chargeCalls).hasSizeLessThanOrEqualTo(3);
    store.fate = Fate.ANSWERED;
    time.pass(200);
    assertThat(sums.charged).isEqualTo(20);
    assertThat(used(local("c0"), Window.MINUTE)).isEqualTo(1);
  }

  @Test
  void a_late_answer_charges_nobody_twice() {
    store.fate = Fate.HELD;
    ask(local("c"), 4);
    time.pass(60);
    assertThat(granted(0)).isEqualTo(4);
    store.deliver();
    store.fate = Fate.ANSWERED;
    time.pass(200);
    assertThat(used(local("c"), Window.MINUTE)).isEqualTo(4);
    assertThat(sums.charged).isZero();
  }

  @Test
  void a_late_answer_gives_back_what_nobody_got() {
    store.fate = Fate.HELD;
    ask(local("c"), 9);
    time.pass(60);
    assertThat(granted(0)).isEqualTo(5);
    store.deliver();
    assertThat(used(local("c"), Window.MINUTE)).isEqualTo(5);
  }

  @Test
  void an_answer_that_got_lost_is_not_made_up_for() {
    store.fate = Fate.LOST;
    assertThat(ask(local("c"), 3)).isEqualTo(3);
    store.fate = Fate.ANSWERED;
    time.pass(200);
    assertThat(used(local("c"), Window.MINUTE)).isEqualTo(3);
    assertThat(ask(local("c"), 20)).isEqualTo(7);
  }

  @Test
  void what_a_node_granted_by_itself_goes_back_to_itself() {
    available(false);
    ask(local("c"), 5);
    Grant grant = answers.get(0);
    List<Boolean> done = new ArrayList<>();
    limiter.giveBack(
        List.of(new Return(local("c"), 2, grant.standing().receipt())), () -> done.add(true));
    assertThat(done).hasSize(1);
    assertThat(ask(local("c"), 9)).isEqualTo(2);
    available(true);
    time.pass(10);
    assertThat(used(local("c"), Window.MINUTE)).isEqualTo(5);
  }

  @Property(tries = 100)
  void all_that_passes_is_counted_once_whatever_the_store_does(@ForAll long seed) {
    LimiterTest world = new LimiterTest();
    Random random = new Random(seed);
    world.run(random, false);
    assertThat(world.usedOfTheHour()).isEqualTo(world.granted(0));
    assertThat(world.sums.remembered).isZero();
  }

  @Property(tries = 100)
  void whatever_gets_lost_nothing_is_counted_twice(@ForAll long seed) {
    LimiterTest world = new LimiterTest();
    world.run(new Random(seed), true);
    assertThat(world.usedOfTheHour()).isLessThanOrEqualTo(world.granted(0) + world.store.lost);
    assertThat(world.granted(0))
        .isLessThanOrEqualTo((int) (world.usedOfTheHour() + world.lostPasses));
  }

  private long lostPasses;

  private long usedOfTheHour() {
    long used = 0;
    for (int i = 0; i < 3; i++) {
      used += used(hour("c" + i), Window.HOUR);
    }
    return used;
  }

  private static Charge hour(String client) {
    return Grants.charge(
        client, OnStoreFailure.LOCAL, Quota.of(Window.MINUTE, 40), Quota.of(Window.HOUR, 600));
  }

  /** Requests and faults at random, at most 20 minutes of an hour; then everything is settled. */
  private void run(Random random, boolean loses) {
    Fate[] fates = loses ? Fate.values() : new Fate[] {Fate.ANSWERED, Fate.HELD, Fate.REFUSED};
    for (int i = 0; i < 2_000; i++) {
      if (random.nextInt(10) == 0) {
        store.fate = fates[random.nextInt(fates.length)];
      }
      if (random.nextInt(20) == 0) {
        available(random.nextInt(3) > 0);
      }
      if (random.nextInt(10) == 0) {
        store.deliver();
      }
      Charge charge = hour("c" + random.nextInt(3));
      long passedBefore = sums.passed;
      limiter.take(new Batch("l", List.of(new Ask(charge, 1 + random.nextInt(8), 0, "t"))));
      time.pass(random.nextInt(random.nextInt(50) == 0 ? 30_000 : 60));
      lostPasses += store.fate == Fate.LOST ? sums.passed - passedBefore : 0;
    }
    store.fate = Fate.ANSWERED;
    available(true);
    time.pass(1_000);
    store.deliver();
    time.pass(1_000);
  }

  @Test
  void permits_that_were_granted_too_late_come_back_although_as_many_passed_here() {
    Limit three = Limit.of("a", Algorithm.CONCURRENCY, new ConcurrencyQuota(3));
    Charge charge = new Charge(List.of(new Subject(three, "c")), 1);
    store.fate = Fate.HELD;
    ask(charge, 1);
    time.pass(60);
    assertThat(granted(0)).isOne();
    limiter.giveBack(
        List.of(new Return(charge, 1, answers.get(0).standing().receipt(), true)), () -> {});
    store.deliver();
    store.fate = Fate.ANSWERED;
    assertThat(ask(charge, 3)).isEqualTo(3);
  }

  @Test
  void what_passed_without_the_store_and_was_refunded_passes_again_and_is_not_charged() {
    available(false);
    assertThat(ask(local("c"), 9)).isEqualTo(5);
    Grant grant = answers.get(0);
    Return refund = new Return(local("c"), 2, grant.standing().receipt(), Return.Reason.REFUNDED);
    limiter.giveBack(List.of(refund), () -> {});
    assertThat(ask(local("c"), 9)).isEqualTo(2);
    available(true);
    time.pass(1_000);
    assertThat(used(local("c"), Window.MINUTE)).isEqualTo(5);
  }
}
