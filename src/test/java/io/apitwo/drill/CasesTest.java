package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The selection of parameters. */
class CasesTest {
  @Test
  void every_two_values_of_two_parameters_meet_in_few_cases() {
    List<List<Object>> product = new ArrayList<>();
    for (Object layout : List.of("packed", "plain")) {
      for (Object nodes : List.of(4, 2, 1)) {
        for (Object burst : List.of(500, 5_000)) {
          for (Object accuracy : List.of("exact", "strict")) {
            product.add(List.of(layout, nodes, burst, accuracy));
          }
        }
      }
    }
    List<List<Object>> chosen = Cases.pairwise(product);
    assertThat(chosen).hasSizeBetween(6, 8).isSubsetOf(product);
    for (List<Object> values : product) {
      for (int i = 0; i < values.size(); i++) {
        for (int j = i + 1; j < values.size(); j++) {
          int one = i;
          int two = j;
          assertThat(chosen)
              .anyMatch(
                  c -> c.get(one).equals(values.get(one)) && c.get(two).equals(values.get(two)));
        }
      }
    }
  }
}
