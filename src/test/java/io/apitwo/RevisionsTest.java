package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apitwo.config.Entry;
import io.apitwo.config.Push;
import io.apitwo.config.Pushed;
import io.apitwo.config.RevisionConflictException;
import io.apitwo.config.Rulebook;
import io.apitwo.rules.InvalidDocumentException;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The numbered rules of one node: pushed, edited, kept over restarts. */
class RevisionsTest {
  @TempDir Path folder;

  private static String rules(int limit) {
    return """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [default] }]
        limits: { default: { by: [address], windows: { hour: %d } } }
        """
        .formatted(limit);
  }

  private static Push push(String text, @Nullable Long ifMatch) {
    return new Push(text, "test", "tester", ifMatch, false);
  }

  private static <T> T get(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private static void awaitText(RunningGateway gateway, String text) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> gateway.gateway.revision().text().equals(text));
  }

  @Test
  void a_push_is_in_force_when_it_is_answered() throws Exception {
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      assertThat(node.gateway.revision().number()).isEqualTo(1);

      Pushed pushed = get(node.gateway.rulebook().push(push(rules(6), null)));

      assertThat(pushed.revision()).isEqualTo(2);
      assertThat(pushed.sha256()).isEqualTo(Entry.sha256(rules(6)));
      assertThat(pushed.converged()).isTrue();
      assertThat(pushed.nodes()).singleElement().matches(each -> each.appliedMillis() != null);
      assertThat(node.gateway.revision().text()).isEqualTo(rules(6));
      assertThat(node.get("/").headers().firstValue("RateLimit-Policy").orElse("")).contains("q=6");
    }
  }

  @Test
  void a_refused_push_changes_nothing() throws Exception {
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      Rulebook rulebook = node.gateway.rulebook();

      assertThatThrownBy(() -> get(rulebook.push(push("upstreams: 5", null))))
          .isInstanceOf(InvalidDocumentException.class);
      assertThatThrownBy(() -> get(rulebook.push(push(rules(6), 7L))))
          .isInstanceOfSatisfying(
              RevisionConflictException.class,
              conflict -> assertThat(conflict.current()).isEqualTo(1));

      assertThat(node.gateway.revision().number()).isEqualTo(1);
      assertThat(get(rulebook.history())).hasSize(1);
    }
  }

  @Test
  void a_dry_run_says_the_number_and_changes_nothing() throws Exception {
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      Push dry = new Push(rules(6), "test", "tester", 1L, true);

      assertThat(get(node.gateway.rulebook().push(dry)).revision()).isEqualTo(2);
      assertThat(node.gateway.revision().number()).isEqualTo(1);
    }
  }

  @Test
  void of_two_pushes_made_from_the_same_revision_one_is_refused() throws Exception {
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      Rulebook rulebook = node.gateway.rulebook();
      List<Future<Pushed>> both =
          List.of(rulebook.push(push(rules(6), 1L)), rulebook.push(push(rules(7), 1L)));
      both.forEach(
          each -> Awaitility.await().atMost(Duration.ofSeconds(20)).until(each::isComplete));

      assertThat(both.stream().filter(Future::succeeded)).hasSize(1);
      assertThat(node.gateway.revision().number()).isEqualTo(2);
    }
  }

  @Test
  void of_pushes_that_come_too_fast_the_last_one_wins_and_all_are_answered() throws Exception {
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      Rulebook rulebook = node.gateway.rulebook();
      List<Future<Pushed>> storm = new ArrayList<>();
      for (int i = 1; i <= 300; i++) {
        storm.add(rulebook.push(push(i % 10 == 0 ? "upstreams: " + i : rules(1_000 + i), null)));
      }
      get(Future.join(storm).otherwiseEmpty());

      assertThat(node.gateway.revision().text()).isEqualTo(rules(1_299));
      assertThat(storm.get(298).result().revision()).isEqualTo(node.gateway.revision().number());
      assertThat(storm.get(299).cause()).isInstanceOf(InvalidDocumentException.class);
      assertThat(node.gateway.revision().number()).isLessThan(100);
    }
  }

  @Test
  void a_restart_comes_back_with_what_was_pushed_and_with_its_history() throws Exception {
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      get(node.gateway.rulebook().push(push(rules(6), null)));
    }
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      assertThat(node.gateway.revision().number()).isEqualTo(2);
      assertThat(node.gateway.revision().text()).isEqualTo(rules(6));
      assertThat(get(node.gateway.rulebook().history()))
          .extracting(Entry::text)
          .containsExactly(rules(6), rules(5));
      assertThat(get(node.gateway.rulebook().find(2)).orElseThrow().actor()).isEqualTo("tester");
    }
  }

  @Test
  void a_file_that_was_changed_while_the_node_was_down_is_a_push() throws Exception {
    RunningGateway.start(folder, rules(5)).close();
    try (RunningGateway node = RunningGateway.start(folder, rules(6))) {
      assertThat(node.gateway.revision().number()).isEqualTo(2);
    }
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      assertThat(node.gateway.revision().number()).isEqualTo(3);
      assertThat(node.gateway.revision().text()).isEqualTo(rules(5));
    }
  }

  @Test
  void an_edit_of_the_file_is_a_push_after_any_other() throws Exception {
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      get(node.gateway.rulebook().push(push(rules(6), null)));
      node.saveRules(rules(7));
      awaitText(node, rules(7));

      Entry newest = get(node.gateway.rulebook().history()).get(0);
      assertThat(newest.number()).isEqualTo(3);
      assertThat(newest.source()).endsWith("rules.yaml");
      assertThat(newest.actor()).startsWith("file ");
    }
  }

  @Test
  void a_larger_generation_brings_a_file_of_the_past_back() throws Exception {
    String past = "generation: 1\n" + rules(5);
    try (RunningGateway node = RunningGateway.start(folder, past)) {
      get(node.gateway.rulebook().push(push(rules(6), null)));
    }
    try (RunningGateway node = RunningGateway.start(folder, past)) {
      assertThat(node.gateway.revision().text()).isEqualTo(past);
      assertThat(node.gateway.revision().number()).isEqualTo(3);
    }
  }

  @Test
  void a_damaged_revision_is_put_aside_and_the_one_before_is_in_force() throws Exception {
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      get(node.gateway.rulebook().push(push(rules(6), null)));
      get(node.gateway.rulebook().push(push(rules(7), null)));
    }
    Path kept = folder.resolve("data").resolve("rules");
    try (Stream<Path> files = Files.list(kept)) {
      Path newest =
          files.filter(file -> file.toString().contains("00003-")).findAny().orElseThrow();
      Files.writeString(newest, "{\"number\":3");
    }
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      assertThat(node.gateway.revision().text()).isEqualTo(rules(6));
      assertThat(kept).isDirectoryContaining("glob:**.damaged");
    }
  }

  @Test
  void a_folder_that_cannot_be_written_does_not_stop_a_node() throws Exception {
    Files.writeString(folder.resolve("data"), "a file, no folder");
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      assertThat(get(node.gateway.rulebook().push(push(rules(6), null))).revision()).isEqualTo(2);
      assertThat(node.gateway.revision().text()).isEqualTo(rules(6));
    }
  }

  @Test
  void what_could_not_be_kept_at_once_is_kept_later() throws Exception {
    Path kept = folder.resolve("data").resolve("rules");
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      Files.move(kept, folder.resolve("aside"));
      Files.writeString(kept, "a file, no folder");
      get(node.gateway.rulebook().push(push(rules(6), null)));
      Files.delete(kept);
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> assertThat(kept).isDirectoryContaining("glob:**/000000000000002-*.json"));
    }
    try (RunningGateway node = RunningGateway.start(folder, rules(5))) {
      assertThat(node.gateway.revision().text()).isEqualTo(rules(6));
    }
  }
}
