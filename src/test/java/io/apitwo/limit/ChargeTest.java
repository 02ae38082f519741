package io.apitwo.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChargeTest {
  @ParameterizedTest
  @CsvSource({
    "ALLOW, ALLOW",
    "ALLOW ALLOW, ALLOW",
    "LOCAL, LOCAL",
    "ALLOW LOCAL, LOCAL",
    "LOCAL ALLOW, LOCAL",
    "DENY, DENY",
    "ALLOW DENY, DENY",
    "LOCAL DENY ALLOW, DENY"
  })
  void without_the_store_the_strictest_of_its_limits_decides(
      String limits, OnStoreFailure expected) {
    List<Subject> subjects = new ArrayList<>();
    for (String each : limits.split(" ")) {
      Limit limit =
          new Limit(
              "l" + subjects.size(),
              Algorithm.FIXED,
              List.of(Quota.of(Window.HOUR, 5)),
              Accuracy.EXACT,
              OnStoreFailure.valueOf(each),
              false);
      subjects.add(new Subject(limit, "c"));
    }
    assertThat(new Charge(subjects, 1).onStoreFailure()).isEqualTo(expected);
  }
}
