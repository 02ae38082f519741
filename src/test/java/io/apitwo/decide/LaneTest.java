package io.apitwo.decide;

import static io.apitwo.decide.Grants.charge;
import static io.apitwo.decide.Grants.grant;
import static io.apitwo.decide.Grants.receipt;
import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.bus.Ask;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Window;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LaneTest {
  private static final Charge DENIED = denied("x");

  /** Of 10 a minute, hence 5 on each of two nodes. */
  private static final Charge LOCAL =
      charge("x", OnStoreFailure.LOCAL, Quota.of(Window.MINUTE, 10));

  private static final long START = Instant.parse("2025-06-29T15:38:59Z").toEpochMilli();

  /** Of the minute that {@link Grants#ladder} is in. */
  private static final long MINUTE = Window.MINUTE.numberAt(START);

  private final Ladder ladder = Grants.ladder(2);
  private final Lane lane = new Lane(ladder, 3, 1);
  private final List<String> answers = new ArrayList<>();
  private final BiConsumer<Lane.Part, @Nullable Grant> noted =
      (part, grant) ->
          answers.add(
              part.ask().ticket()
                  + (grant == null ? " none" : " " + grant.granted() + "+" + grant.leased()));

  private void ask(String loop, String client, int count, int wish, long nowNanos) {
    ask(loop, charge(client), count, wish, nowNanos);
  }

  private void ask(String loop, Charge charge, int count, int wish, long nowNanos) {
    String client = charge.subjects().get(0).client();
    lane.add(loop, new Ask(charge, count, wish, loop + client), nowNanos);
  }

  /** A store's answer for the minute that {@link Grants#ladder} is in. */
  private static Grant now(int granted, int leased) {
    Receipt receipt = new Receipt(1, new long[] {7}, new long[] {MINUTE});
    return new Grant(
        granted, leased, new Standing(new long[] {0}, new long[] {1_000}, 0, 0, receipt));
  }

  private List<Long> hits() {
    return ladder.someHits(10, 0).stream().map(Hit::amount).toList();
  }

  private static Charge denied(String client) {
    return charge(client, OnStoreFailure.DENY, Quota.of(Window.MINUTE, 1_000));
  }

  private List<Return> land(Lane.Flight flight, Grant... grants) {
    return lane.land(flight, List.of(grants), noted);
  }

  @Test
  void equal_charges_of_all_loops_are_one_demand() {
    ask("1", "x", 3, 10, 0);
    ask("2", "x", 2, 5, 0);
    ask("1", "y", 1, 0, 0);
    assertThat(lane.takeOff(0).demands())
        .containsExactly(new Demand(charge("x"), 5, 15), new Demand(charge("y"), 1, 0));
  }

  @Test
  void grants_are_dealt_first_come_first_served() {
    ask("1", "x", 3, 0, 0);
    ask("2", "x", 3, 0, 0);
    ask("3", "x", 3, 0, 0);
    assertThat(land(lane.takeOff(0), grant(4, 0, 0))).isEmpty();
    assertThat(answers).containsExactly("1x 3+0", "2x 1+0", "3x 0+0");
  }

  @Test
  void everyone_is_told_what_is_left_after_their_own() {
    ask("1", "x", 2, 0, 0);
    ask("2", "x", 2, 0, 0);
    List<Long> left = new ArrayList<>();
    lane.land(
        lane.takeOff(0),
        List.of(grant(3, 0, 6)),
        (part, grant) -> {
          for (int i = 0; i < 2; i++) {
            left.add(grant.decision(charge("x"), i, 0).left(0));
          }
        });
    assertThat(left).containsExactly(8L, 7L, 6L, 6L);
  }

  @Test
  void a_lease_is_shared_as_it_was_wished_for_and_none_of_it_is_lost() {
    ask("1", "x", 1, 20, 0);
    ask("2", "x", 1, 0, 0);
    ask("3", "x", 1, 10, 0);
    land(lane.takeOff(0), grant(3, 16, 0));
    assertThat(answers).containsExactly("1x 1+10", "2x 1+0", "3x 1+6");
  }

  @Test
  void what_comes_during_a_flight_is_the_next_one() {
    ask("1", "x", 1, 0, 0);
    Lane.Flight first = lane.takeOff(0);
    ask("1", "x", 2, 0, 0);
    ask("2", "x", 2, 0, 0);
    assertThat(lane.takeOff(0)).isNull();
    land(first, grant(1, 0, 0));
    assertThat(lane.takeOff(0).demands()).containsExactly(new Demand(charge("x"), 4, 0));
    assertThat(lane.takeOff(0)).isNull();
  }

  @Test
  void a_second_flight_starts_only_when_it_is_full_or_the_first_one_takes_long() {
    Lane lane = new Lane(ladder, 3, 4);
    lane.add("1", new Ask(charge("x"), 1, 0, "x"), 0);
    lane.takeOff(0);
    lane.add("1", new Ask(charge("a"), 1, 0, "a"), 0);
    assertThat(lane.takeOff(1_999_999)).isNull();
    lane.add("1", new Ask(charge("b"), 1, 0, "b"), 0);
    lane.add("1", new Ask(charge("c"), 1, 0, "c"), 0);
    assertThat(lane.takeOff(1_999_999).demands()).hasSize(3);
    lane.add("1", new Ask(charge("d"), 1, 0, "d"), 0);
    assertThat(lane.takeOff(3_999_998)).isNull();
  }

  @Test
  void a_flight_has_so_many_groups_and_the_rest_waits_its_turn() {
    for (String client : List.of("a", "b", "c", "d")) {
      ask("1", client, 1, 0, 0);
    }
    Lane.Flight first = lane.takeOff(0);
    assertThat(first.demands()).hasSize(3);
    land(first, grant(1, 0, 0), grant(1, 0, 0), grant(1, 0, 0));
    assertThat(lane.takeOff(0).demands()).containsExactly(new Demand(charge("d"), 1, 0));
  }

  @Test
  void where_a_limit_denies_a_store_that_cannot_say_gives_everyone_none() {
    ask("1", DENIED, 1, 0, 0);
    ask("2", DENIED, 1, 0, 0);
    lane.crash(lane.takeOff(0), false, noted);
    assertThat(answers).containsExactly("1x none", "2x none");
    assertThat(lane.isIdle()).isTrue();
    assertThat(hits()).isEmpty();
  }

  @Test
  void nobody_waits_longer_than_given_up_on_and_what_comes_for_them_goes_back() {
    ask("1", DENIED, 2, 5, 10);
    Lane.Flight flight = lane.takeOff(0);
    ask("1", denied("y"), 1, 0, 11);
    ask("1", denied("z"), 1, 0, 12);
    lane.giveUp(12, noted);
    assertThat(answers).containsExactly("1y none", "1x none");
    assertThat(land(flight, grant(2, 5, 0)))
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactly(new Return(DENIED, 7, receipt(1)));
    assertThat(answers).hasSize(2);
    assertThat(lane.takeOff(0).demands()).containsExactly(new Demand(denied("z"), 1, 0));
  }

  @Test
  void without_the_store_the_share_is_dealt_first_come_first_served() {
    ask("1", LOCAL, 3, 5, 0);
    ask("2", LOCAL, 3, 0, 0);
    lane.crash(lane.takeOff(0), false, noted);
    assertThat(answers).containsExactly("1x 3+0", "2x 2+0");
    assertThat(hits()).containsExactly(5L);
  }

  @Test
  void what_the_store_may_have_counted_is_not_charged_another_time() {
    ask("1", LOCAL, 3, 0, 0);
    lane.crash(lane.takeOff(0), true, noted);
    assertThat(answers).containsExactly("1x 3+0");
    assertThat(hits()).isEmpty();
  }

  @Test
  void what_was_never_sent_is_charged() {
    ask("1", "other", 1, 0, 0);
    Lane.Flight flight = lane.takeOff(0);
    ask("1", LOCAL, 3, 0, 0);
    lane.giveUp(LOCAL::equals, noted);
    assertThat(answers).containsExactly("1x 3+0");
    assertThat(hits()).containsExactly(3L);
    land(flight, grant(1, 0, 0));
    assertThat(lane.takeOff(0)).isNull();
  }

  /** A flight whose requests have got an answer without the store: 3 passed. */
  private Lane.Flight givenUp() {
    ask("1", LOCAL, 3, 0, 0);
    Lane.Flight flight = lane.takeOff(0);
    lane.giveUp(1, noted);
    assertThat(answers).containsExactly("1x 3+0");
    return flight;
  }

  @Test
  void a_late_grant_pays_for_what_passed_meanwhile_and_the_rest_goes_back() {
    assertThat(land(givenUp(), now(3, 4)))
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactly(new Return(LOCAL, 4, now(0, 0).standing().receipt()));
    assertThat(hits()).isEmpty();
  }

  @Test
  void what_a_late_grant_does_not_pay_for_is_charged() {
    assertThat(land(givenUp(), now(1, 0))).isEmpty();
    assertThat(hits()).containsExactly(2L);
  }

  @Test
  void a_late_grant_of_another_window_pays_for_nothing() {
    assertThat(land(givenUp(), grant(3, 0, 0)))
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactly(new Return(LOCAL, 3, receipt(1)));
    assertThat(hits()).containsExactly(3L);
  }

  @Test
  void what_turns_out_late_not_to_be_counted_is_charged() {
    lane.crash(givenUp(), false, noted);
    assertThat(hits()).containsExactly(3L);
    assertThat(answers).hasSize(1);
  }

  @Test
  void what_never_gets_an_answer_is_not_charged_another_time() {
    lane.crash(givenUp(), true, noted);
    assertThat(hits()).isEmpty();
    assertThat(answers).hasSize(1);
  }

  @Test
  void a_flight_that_nobody_waits_for_keeps_no_other_on_the_ground() {
    givenUp();
    assertThat(lane.isIdle()).isTrue();
    ask("1", "z", 1, 0, 2);
    assertThat(lane.takeOff(0)).isNotNull();
  }
}
