package io.apitwo.rules;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes one limit in the text of a rules document, by a JSON merge patch (RFC 7396), and nothing
 * else in it: other text stays as it is, with its comments. Inside of what is replaced comments are
 * lost.
 */
public final class LimitPatch {
  private static final String LIMITS = "limits";

  private LimitPatch() {}

  /**
   * @param file what problems call the patch
   * @param text a rules document that was taken
   * @param patch a JSON object
   * @return the new text, not yet checked; null when there is no such limit
   * @throws InvalidDocumentException when the patch is no mapping
   */
  public static @Nullable String apply(String file, String text, String name, String patch)
      throws InvalidDocumentException {
    Node changes = tree(file, patch);
    if (!(changes instanceof Node.Mapping)) {
      Place place = changes == null ? Place.root(file, 1, 1) : changes.place();
      String shown = changes == null ? "nothing" : changes.shown();
      throw new Problems().fatal(place, shown, "a JSON object with what changes of the limit");
    }
    Node root = tree("rules", text);
    Node before = value(value(root, LIMITS), name);
    if (before == null || root == null) {
      return null;
    }
    Node after = MergePatch.merge(before, changes);
    String wanted = JsonText.json(with(with(after, name, value(root, LIMITS)), LIMITS, root));
    String inPlace = new YamlPatch(text).merge(LIMITS, name, before, changes);
    if (wanted.equals(written(inPlace))) {
      return inPlace;
    }
    String replaced = new YamlPatch(text).replace(LIMITS, name, after);
    if (wanted.equals(written(replaced))) {
      return replaced;
    }
    throw new IllegalStateException("a limit cannot be changed in this text");
  }

  private static @Nullable Node tree(String file, String text) throws InvalidDocumentException {
    Problems problems = new Problems();
    Node root = Yaml.read(file, text, problems);
    problems.check();
    return root;
  }

  private static String written(String text) {
    try {
      Node root = tree("rules", text);
      return root == null ? "" : JsonText.json(root);
    } catch (InvalidDocumentException e) {
      return "";
    }
  }

  private static @Nullable Node value(@Nullable Node node, String name) {
    Node.Entry entry = node instanceof Node.Mapping mapping ? mapping.entries().get(name) : null;
    return entry == null ? null : entry.value();
  }

  /** A mapping with another value under one of its names. */
  private static Node with(Node value, String name, @Nullable Node of) {
    if (!(of instanceof Node.Mapping mapping)) {
      throw new IllegalStateException("no mapping");
    }
    Map<String, Node.Entry> entries = new LinkedHashMap<>(mapping.entries());
    entries.computeIfPresent(name, (same, entry) -> new Node.Entry(entry.key(), value));
    return new Node.Mapping(mapping.place(), entries);
  }
}
