package io.apitwo.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.config.NodeWord.Standing;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NodesTest {
  private static final RevisionId PUSHED = new RevisionId(13, "b");
  private final Nodes nodes = new Nodes(() -> 0);
  private long stamp;

  private void says(String node, @Nullable RevisionId inForce, @Nullable RevisionId failed) {
    Standing standing = new Standing(inForce, failed, failed == null ? null : "broken");
    nodes.heard(new NodeWord(node, "", ++stamp, Map.of("rules", standing)));
  }

  private List<Pushed.Node> await(RevisionId id) {
    return nodes.await("rules", id, 0).nodes().result();
  }

  @Test
  void a_node_has_an_entry_when_that_or_a_later_one_is_in_force() {
    says("one", PUSHED, null);
    says("two", new RevisionId(14, "a"), null);
    assertThat(await(PUSHED))
        .containsExactly(new Pushed.Node("one", 0L, null), new Pushed.Node("two", 0L, null));
  }

  @Test
  void a_node_where_another_entry_of_the_number_won_does_not_have_it() {
    says("one", new RevisionId(13, "c"), null);
    assertThat(await(PUSHED)).containsExactly(new Pushed.Node("one", null, Document.RIVAL));
  }

  @Test
  void a_node_where_it_failed_says_why() {
    says("one", new RevisionId(12, "a"), PUSHED);
    assertThat(await(PUSHED)).containsExactly(new Pushed.Node("one", null, "broken"));
  }

  @Test
  void a_node_that_has_it_not_yet_is_waited_for() {
    says("one", new RevisionId(13, "a"), null);
    var waiting = nodes.await("rules", PUSHED, 0).nodes();
    assertThat(waiting.isComplete()).isFalse();
    says("one", PUSHED, null);
    assertThat(waiting.result()).containsExactly(new Pushed.Node("one", 0L, null));
  }
}
