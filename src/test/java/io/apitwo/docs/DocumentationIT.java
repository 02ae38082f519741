package io.apitwo.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What the pages show is what comes, and no block with commands is forgotten. */
class DocumentationIT {
  @TempDir Path folder;

  @TestFactory
  List<DynamicTest> commands_print_what_is_shown() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Page page : Page.all()) {
      if (page.blocks().stream().anyMatch(Block::isRun)) {
        tests.add(dynamicTest(page.file().toString(), () -> Reader.read(page, folder)));
      }
    }
    return tests;
  }

  @Test
  void every_block_with_commands_is_run_or_says_why_not() throws IOException {
    List<String> forgotten = new ArrayList<>();
    for (Page page : Page.all()) {
      for (Block block : page.blocks()) {
        if (!block.isRun() && !block.isExcused()) {
          forgotten.add(page.file() + ":" + block.line() + ": " + block.lines().get(0));
        }
      }
    }
    assertThat(forgotten).isEmpty();
  }
}
