package io.apitwo.limit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeaseTest {
  @ParameterizedTest
  @CsvSource({
    "1000, 1000, 1, 1, 50",
    "1000, 1000, 4, 4, 12",
    "1000, 1000, 16, 16, 3",
    "1000, 1000, 64, 64, 0",
    "1000, 200, 2, 1, 25",
    "1000, 100, 1, 1, 0",
    "200, 200, 1, 1, 10",
    "199, 199, 1, 1, 0",
  })
  void a_lease_is_a_part_of_the_quota_and_of_what_is_spare(
      long quota, long left, int holders, int perNode, long most) {
    assertThat(Lease.most(quota, left, holders, perNode)).isEqualTo(most);
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "3", "7", "16", "255"})
  void all_holders_of_a_node_lease_no_more_than_a_twentieth(int perNode) {
    for (long quota = 1; quota < 20_000; quota = quota * 3 + 1) {
      assertThat(perNode * Lease.most(quota, quota, perNode, perNode))
          .isLessThanOrEqualTo(quota / 20);
    }
  }

  @ParameterizedTest
  @CsvSource({"100, 5000, 100", "100, 1000, 100", "100, 250, 25", "3, 250, 0"})
  void in_the_last_second_a_wish_counts_in_part(int wish, long shortestMillis, int counts) {
    assertThat(Lease.timely(wish, shortestMillis)).isEqualTo(counts);
  }
}
