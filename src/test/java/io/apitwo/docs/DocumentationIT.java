package io.apitwo.docs;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What the pages show is what comes. */
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
}
