package io.apitwo.rules;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.CollectionNode;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * Changes values in a YAML text where they stand. Does the common forms; the caller looks whether
 * the text says afterwards what it should.
 */
final class YamlPatch {
  private final TextEdits edits;
  private final MappingNode root;

  /**
   * @param text a document whose root is a mapping
   */
  YamlPatch(String text) {
    this.edits = new TextEdits(text);
    LoadSettings settings = LoadSettings.builder().build();
    this.root = (MappingNode) new Compose(settings).composeString(text).orElseThrow();
  }

  /** Merges into the mapping at {@code section.name}. */
  String merge(String section, String name, Node before, Node changes) {
    NodeTuple entry = entry(section, name);
    if (entry.getValueNode() instanceof MappingNode mapping
        && before instanceof Node.Mapping known
        && changes instanceof Node.Mapping patch) {
      merge(entry, mapping, known, patch);
    } else {
      replace(entry, MergePatch.merge(before, changes), isQuoted(root));
    }
    return edits.done();
  }

  /** Replaces the value at {@code section.name}. */
  String replace(String section, String name, Node with) {
    replace(entry(section, name), with, isQuoted(root));
    return edits.done();
  }

  private NodeTuple entry(String section, String name) {
    NodeTuple limits = find(root, section);
    NodeTuple entry =
        limits != null && limits.getValueNode() instanceof MappingNode mapping
            ? find(mapping, name)
            : null;
    if (entry == null) {
      throw new IllegalStateException("not in the text: " + section + "." + name);
    }
    return entry;
  }

  private void merge(NodeTuple of, MappingNode target, Node.Mapping known, Node.Mapping patch) {
    boolean removes =
        patch.entries().entrySet().stream()
            .anyMatch(
                each ->
                    MergePatch.isNull(each.getValue().value())
                        && known.entries().containsKey(each.getKey()));
    boolean keepsSome =
        known.entries().keySet().stream()
            .anyMatch(
                key ->
                    !patch.entries().containsKey(key)
                        || !MergePatch.isNull(patch.entries().get(key).value()));
    boolean flow = target.getFlowStyle() == FlowStyle.FLOW;
    if (!keepsSome || (removes && flow)) {
      replace(of, MergePatch.merge(known, patch), isQuoted(target));
      return;
    }
    for (Map.Entry<String, Node.Entry> change : patch.entries().entrySet()) {
      Node.Entry before = known.entries().get(change.getKey());
      merge(target, change.getKey(), before == null ? null : before.value(), change.getValue());
    }
  }

  private void merge(MappingNode target, String name, @Nullable Node before, Node.Entry change) {
    NodeTuple entry = find(target, name);
    Node value = change.value();
    if (entry == null) {
      if (!MergePatch.isNull(value)) {
        add(target, name, MergePatch.merge(null, value));
      }
    } else if (MergePatch.isNull(value)) {
      removeLines(entry);
    } else if (entry.getValueNode() instanceof MappingNode mapping
        && before instanceof Node.Mapping known
        && value instanceof Node.Mapping patch) {
      merge(entry, mapping, known, patch);
    } else {
      replace(entry, MergePatch.merge(before, value), isQuoted(target));
    }
  }

  private void add(MappingNode target, String name, Node value) {
    boolean quotes = isQuoted(target);
    String entry = JsonText.key(name, quotes) + ": " + written(value, quotes);
    List<NodeTuple> entries = target.getValue();
    int end = end(entries.get(entries.size() - 1).getValueNode());
    if (target.getFlowStyle() == FlowStyle.FLOW) {
      edits.insert(end, ", " + entry);
      return;
    }
    int key = start(entries.get(0).getKeyNode());
    String indentation = " ".repeat(key - edits.lineStart(key));
    if (edits.lineStart(end) == end && end > 0) { // a block of lines ends where the next one starts
      edits.insert(end, indentation + entry + "\n");
    } else {
      edits.insert(edits.lineEnd(end), "\n" + indentation + entry);
    }
  }

  private void removeLines(NodeTuple entry) {
    int from = edits.lineStart(start(entry.getKeyNode()));
    int end = end(entry.getValueNode());
    boolean whole = edits.lineStart(end) == end && end > from;
    int to = whole ? end : Math.min(edits.text().length(), edits.text().indexOf('\n', end) + 1);
    edits.replace(from, to <= from ? edits.text().length() : to, "");
  }

  private void replace(NodeTuple entry, Node with, boolean quotes) {
    org.snakeyaml.engine.v2.nodes.Node value = entry.getValueNode();
    boolean block = value instanceof CollectionNode<?> c && c.getFlowStyle() != FlowStyle.FLOW;
    int end = end(value);
    int start = start(value);
    String text = written(with, quotes);
    if (block || start == end) { // its own lines, or nothing at all
      edits.replace(end(entry.getKeyNode()), end, ": " + text);
    } else {
      boolean lines = edits.lineStart(end) == end;
      edits.replace(start, end, lines ? text + "\n" : text);
    }
  }

  private static String written(Node value, boolean quotes) {
    return quotes ? JsonText.json(value) : JsonText.yaml(value);
  }

  /** Whether keys are written as in JSON. */
  private static boolean isQuoted(MappingNode mapping) {
    return !mapping.getValue().isEmpty()
        && mapping.getValue().get(0).getKeyNode() instanceof ScalarNode key
        && key.getScalarStyle() == ScalarStyle.DOUBLE_QUOTED;
  }

  private static @Nullable NodeTuple find(MappingNode mapping, String name) {
    for (NodeTuple entry : mapping.getValue()) {
      if (entry.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name)) {
        return entry;
      }
    }
    return null;
  }

  private int start(org.snakeyaml.engine.v2.nodes.Node node) {
    return index(node.getStartMark());
  }

  /** Where its last character is over: the mark of a block comes only after the comments below. */
  private int end(org.snakeyaml.engine.v2.nodes.Node node) {
    if (node instanceof MappingNode mapping
        && mapping.getFlowStyle() != FlowStyle.FLOW
        && !mapping.getValue().isEmpty()) {
      return end(mapping.getValue().get(mapping.getValue().size() - 1).getValueNode());
    }
    if (node instanceof org.snakeyaml.engine.v2.nodes.SequenceNode sequence
        && sequence.getFlowStyle() != FlowStyle.FLOW
        && !sequence.getValue().isEmpty()) {
      return end(sequence.getValue().get(sequence.getValue().size() - 1));
    }
    return index(node.getEndMark());
  }

  /** Marks count code points. */
  private int index(Optional<Mark> mark) {
    return edits.text().offsetByCodePoints(0, mark.orElseThrow().getIndex());
  }
}
