package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How the grants of a charge's parts become one. */
class RedisPartsTest {
  private static final List<Quota> QUOTAS = List.of(Quota.of(Window.DAY, 100));

  private final Charge charge =
      new Charge(
          List.of(
              new Subject(new Limit("a", QUOTAS), "c"), new Subject(new Limit("b", QUOTAS), "c")),
          1);
  private final List<Return> vain = new ArrayList<>();

  private static Grant grant(int granted, long askedNanos, long session) {
    Receipt receipt = new Receipt(session, new long[] {7}, new long[] {8});
    return new Grant(
        granted, 0, new Standing(new long[] {90}, new long[] {1_000}, askedNanos, 0, receipt));
  }

  private Grant settle(Grant first, Grant second) {
    return OnLoop.await(
            RedisParts.bySubject(List.of(new Demand(charge, 5)))
                .settle(
                    (lane, part) -> {
                      assertThat(part).hasSize(1);
                      return Future.succeededFuture(List.of(lane == 0 ? first : second));
                    },
                    returns -> {
                      vain.addAll(returns);
                      return Future.succeededFuture();
                    }))
        .get(0);
  }

  @Test
  void as_many_pass_as_every_part_granted_and_the_rest_goes_back() {
    Grant grant = settle(grant(5, 0, 1), grant(3, 0, 1));
    assertThat(grant.granted()).isEqualTo(3);
    assertThat(grant.standing().left()).containsExactly(92, 90);
    assertThat(vain).singleElement().satisfies(back -> assertThat(back.count()).isEqualTo(2));
    assertThat(vain.get(0).charge().subjects()).containsExactly(charge.subjects().get(0));
  }

  /** Parts are asked one after the other, and a server may be lost in between. */
  @Test
  void the_oldest_part_says_how_long_the_whole_is_good_for() {
    long early = Long.MAX_VALUE - 5; // a nano clock may run over
    long late = early + 10;
    for (Grant grant :
        List.of(
            settle(grant(5, early, 4), grant(5, late, 3)),
            settle(grant(5, late, 3), grant(5, early, 4)))) {
      assertThat(grant.standing().askedNanos()).isEqualTo(early);
      assertThat(grant.standing().receipt().session()).isEqualTo(3);
    }
  }
}
