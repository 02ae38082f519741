package io.apitwo.config;

import static io.apitwo.config.HistoryTest.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RevisionFolderTest {
  @TempDir Path dir;
  private RevisionFolder folder;

  @BeforeEach
  void open() {
    folder = new RevisionFolder(dir.resolve("rules"), 3);
  }

  private List<String> names() throws Exception {
    try (Stream<Path> files = Files.list(dir.resolve("rules"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void what_was_saved_is_there_again() throws Exception {
    Entry first = entry(1, "a: ü\n", "");
    Entry second = entry(2, "b", "a: ü\n");
    folder.save(first);
    folder.save(second);

    assertThat(folder.load()).containsExactly(second, first);
  }

  @Test
  void a_folder_that_is_not_there_is_empty() {
    assertThat(folder.load()).isEmpty();
  }

  @Test
  void only_the_last_entries_are_kept() throws Exception {
    for (int number = 8; number <= 12; number++) {
      folder.save(entry(number, "text " + number, ""));
    }

    assertThat(folder.load()).extracting(Entry::number).containsExactly(12L, 11L, 10L);
    assertThat(names()).hasSize(3);
  }

  @Test
  void a_damaged_file_is_put_aside_and_the_others_are_taken() throws Exception {
    folder.save(entry(1, "a", ""));
    folder.save(entry(2, "b", "a"));
    Path newest = dir.resolve("rules").resolve(names().get(1));
    for (String damage : List.of("", "{", "{}", "[]", "{\"number\":2,\"at\":\"yesterday\"}")) {
      folder.save(entry(2, "b", "a"));
      Files.writeString(newest, damage);

      assertThat(folder.load()).extracting(Entry::number).containsExactly(1L);
      assertThat(names()).anyMatch(name -> name.endsWith(".json.damaged"));
    }
  }

  @Test
  void a_text_that_is_not_the_one_of_its_hash_is_damaged() throws Exception {
    folder.save(entry(1, "minute: 5", ""));
    Path file = dir.resolve("rules").resolve(names().get(0));
    Files.writeString(file, Files.readString(file).replace("minute: 5", "minute: 6"));

    assertThat(folder.load()).isEmpty();
  }

  @Test
  void nobody_else_may_look_into_it() throws Exception {
    folder.save(entry(1, "a", ""));
    assertThat(Files.getPosixFilePermissions(dir.resolve("rules")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void a_note_is_kept_beside() throws Exception {
    assertThat(folder.note("file")).isEmpty();
    folder.keepNote("file", "seen");

    assertThat(folder.note("file")).isEqualTo("seen");
    assertThat(folder.load()).isEmpty();
  }

  @Test
  void a_revision_of_a_number_that_nobody_reaches_is_put_aside() throws Exception {
    folder.save(entry(1, "a", ""));
    folder.save(entry(999_999_999_999_999L, "b", "a"));

    assertThat(folder.load()).extracting(Entry::number).containsExactly(1L);
    assertThat(names()).filteredOn(name -> name.endsWith(".damaged")).hasSize(1);
  }
}
