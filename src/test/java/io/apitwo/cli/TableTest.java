package io.apitwo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void columns_are_as_wide_as_their_widest_cell() {
    assertThat(new Table("A", "BB", "C").row("x", 1, "y").row("long", null, "").lines())
        .containsExactly("A     BB  C", "x     1   y", "long  -");
  }

  @Test
  void no_cell_breaks_its_line_or_is_endless() {
    assertThat(new Table("A").row("a\n\u001b[31m\u202eb").row("x".repeat(99)).lines())
        .containsExactly("A", "a??[31m?b", "x".repeat(59) + "\u2026");
  }
}
