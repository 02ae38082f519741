package io.apitwo.rules;

import io.apitwo.rules.Node.Kind;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The merge of RFC 7396: what a patch says replaces what is there, key by key; {@code null} takes
 * away.
 */
final class MergePatch {
  private MergePatch() {}

  static Node merge(@Nullable Node target, Node patch) {
    if (!(patch instanceof Node.Mapping changes)) {
      return patch;
    }
    Map<String, Node.Entry> merged = new LinkedHashMap<>();
    if (target instanceof Node.Mapping mapping) {
      merged.putAll(mapping.entries());
    }
    changes
        .entries()
        .forEach(
            (name, change) -> {
              Node.Entry before = merged.get(name);
              if (isNull(change.value())) {
                merged.remove(name);
              } else {
                Node value = merge(before == null ? null : before.value(), change.value());
                merged.put(name, new Node.Entry(change.key(), value));
              }
            });
    return new Node.Mapping(patch.place(), merged);
  }

  static boolean isNull(Node node) {
    return node instanceof Node.Scalar scalar && scalar.kind() == Kind.NULL;
  }
}
