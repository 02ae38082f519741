package io.apitwo.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How pages are read, and output compared. */
class PageTest {
  @TempDir Path folder;

  private List<Block> blocks(String... lines) throws IOException {
    return Page.read(Files.write(folder.resolve("page.md"), List.of(lines))).blocks();
  }

  @Test
  void a_mark_belongs_to_the_next_block_alone() throws IOException {
    List<Block> blocks =
        blocks(
            "<!-- run: gateway -->", "", "    $ a", "", "text", "", "    $ b", "<!-- run -->", "c");
    assertThat(blocks).extracting(Block::mark).containsExactly("run: gateway", "");
    assertThat(blocks).extracting(Block::line).containsExactly(3, 7);
    assertThat(blocks.get(0).isRun("gateway")).isTrue();
    assertThat(blocks.get(1).isRun()).isFalse();
  }

  @Test
  void what_holds_no_command_is_no_block_of_commands() throws IOException {
    assertThat(blocks("    HTTP/1.1 200 OK", "", "```yaml", "a: 1", "```")).isEmpty();
    assertThat(blocks("```", "$ a", "```")).hasSize(1);
    assertThat(blocks("    x | curl http://localhost")).hasSize(1);
    assertThat(blocks("<!-- not run: why -->", "    docker run x")).allMatch(Block::isExcused);
  }

  @Test
  void commands_go_on_after_a_backslash_and_in_a_here_document() throws IOException {
    List<Block.Step> steps =
        blocks(
                "<!-- run -->",
                "    $ one \\",
                "        two",
                "    said",
                "",
                "    more",
                "    $ cat > f <<'END'",
                "    $ no command",
                "    END",
                "    $ three")
            .get(0)
            .steps();
    assertThat(steps)
        .containsExactly(
            new Block.Step(2, "one \\\n    two", List.of("said", "", "more")),
            new Block.Step(7, "cat > f <<'END'\n$ no command\nEND", List.of()),
            new Block.Step(10, "three", List.of()));
    Block block = new Block(1, "run", List.of("said", "$ a"));
    assertThatThrownBy(block::steps).hasMessage("line 1 (expected: a command after $)");
  }

  @Test
  void output_has_to_be_what_is_shown() {
    assertThat(new Shown(List.of("a", "b")).fits("a\nb\n")).isTrue();
    assertThat(new Shown(List.of("a", "b")).fits("a\nb")).isTrue();
    assertThat(new Shown(List.of("a", "b")).fits("a\n")).isFalse();
    assertThat(new Shown(List.of("a")).fits("a\nb\n")).isFalse();
    assertThat(new Shown(List.of("a.c")).fits("abc\n")).isFalse();
    assertThat(new Shown(List.of()).fits("")).isTrue();
    assertThat(new Shown(List.of()).fits("a\n")).isFalse();
  }

  @Test
  void an_ellipsis_is_any_text_of_a_line_or_any_lines() {
    assertThat(new Shown(List.of("{\"at\":\"…Z\"}")).fits("{\"at\":\"2026Z\"}\n")).isTrue();
    assertThat(new Shown(List.of("a…c")).fits("a\nc\n")).isFalse();
    assertThat(new Shown(List.of("a", "…", "c")).fits("a\nb\nb\nc\n")).isTrue();
    assertThat(new Shown(List.of("a", "…")).fits("a\n")).isTrue();
    assertThat(new Shown(List.of("…")).fits("")).isTrue();
    assertThat(new Shown(List.of("a", "…", "c")).fits("a\nb\n")).isFalse();
  }

  @Test
  void ports_are_replaced_where_they_are_ports() throws IOException {
    Ports ports = new Ports();
    ports.put("8080", 12345);
    assertThat(ports.toFree("curl http://localhost:8080/ PORT=8080 x8080 80801 :80801"))
        .isEqualTo("curl http://localhost:12345/ PORT=12345 x8080 80801 :80801");
    assertThat(ports.toNamed("proxy=http://127.0.0.1:12345 "))
        .isEqualTo("proxy=http://127.0.0.1:8080 ");
  }
}
