package io.apitwo.drill;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Which combinations of parameters run: all of them with {@code -Pdrills}, else a selection. */
final class Cases {
  private Cases() {}

  /** Whether the whole matrix is wanted. */
  static boolean all() {
    return "full".equals(System.getProperty("apitwo.drills"));
  }

  /**
   * As a selection: so many that every two values of two parameters meet once.
   *
   * @param domains the values of each parameter
   */
  static Stream<Arguments> pairs(List<?>... domains) {
    List<List<Object>> product = product(domains);
    return arguments(all() ? product : pairwise(product));
  }

  /** As a selection: so many that every value occurs once. */
  static Stream<Arguments> each(List<?>... domains) {
    return arguments(all() ? product(domains) : diagonal(domains));
  }

  private static Stream<Arguments> arguments(List<List<Object>> cases) {
    return cases.stream().map(values -> Arguments.of(values.toArray()));
  }

  private static List<List<Object>> diagonal(List<?>[] domains) {
    int most = Stream.of(domains).mapToInt(List::size).max().orElse(0);
    List<List<Object>> cases = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      List<Object> values = new ArrayList<>();
      for (List<?> domain : domains) {
        values.add(domain.get(i % domain.size()));
      }
      cases.add(values);
    }
    return cases;
  }

  private static List<List<Object>> product(List<?>[] domains) {
    List<List<Object>> product = List.of(List.of());
    for (List<?> domain : domains) {
      product =
          product.stream()
              .flatMap(
                  values ->
                      domain.stream()
                          .map(
                              value ->
                                  Stream.concat(values.stream(), Stream.of((Object) value))
                                      .toList()))
              .toList();
    }
    return product;
  }

  /** Takes, again and again, the combination with the most pairs that have not met. */
  static List<List<Object>> pairwise(List<List<Object>> product) {
    Set<List<Object>> open = new HashSet<>();
    product.forEach(values -> open.addAll(pairs(values)));
    List<List<Object>> chosen = new ArrayList<>();
    while (!open.isEmpty()) {
      List<Object> best = product.get(0);
      long most = 0;
      for (List<Object> values : product) {
        long fresh = pairs(values).stream().filter(open::contains).count();
        if (fresh > most) {
          best = values;
          most = fresh;
        }
      }
      chosen.add(best);
      pairs(best).forEach(open::remove);
    }
    return product.stream().filter(chosen::contains).toList();
  }

  private static List<List<Object>> pairs(List<Object> values) {
    List<List<Object>> pairs = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      for (int j = i + 1; j < values.size(); j++) {
        pairs.add(Arrays.asList(i, values.get(i), j, values.get(j)));
      }
    }
    if (values.size() == 1) {
      pairs.add(List.of(values.get(0)));
    }
    return pairs;
  }
}
