package io.apitwo.rules;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Turns a YAML 1.2 text (or JSON, which is a part of it) into {@link Element}s that know their
 * place. What makes documents surprising or dangerous is refused: anchors and aliases, tags,
 * duplicate keys, several documents, deep nesting, large texts.
 */
final class YamlDocument {
  static final int MOST_BYTES = 1 << 20;
  static final int MOST_DEPTH = 32;

  private final String file;
  private final Problems problems;

  private YamlDocument(String file, Problems problems) {
    this.file = file;
    this.problems = problems;
  }

  /**
   * The document's root; null when it is empty or, with problems noted, when it cannot be read as
   * one.
   */
  static @Nullable Element parse(String file, String text, Problems problems) {
    if (text.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
      problems.add(file, 0, 0, "", text.length() + " characters", "at most 1 MiB");
      return null;
    }
    YamlDocument document = new YamlDocument(file, problems);
    try {
      if (!document.isPlain(text)) {
        return null;
      }
      Optional<Node> root = new Compose(settings(file)).composeString(text);
      return root.isEmpty() ? null : document.element(root.get(), "");
    } catch (MarkedYamlEngineException e) {
      document.syntax(e);
    } catch (YamlEngineException e) {
      problems.add(file, 0, 0, "", firstLine(e), "a YAML document");
    }
    return null;
  }

  private static LoadSettings settings(String file) {
    return LoadSettings.builder().setLabel(file).setAllowDuplicateKeys(true).build();
  }

  /**
   * Looks at the events first, one by one: they need no tree, so nothing can make them large or
   * deep.
   */
  private boolean isPlain(String text) {
    int depth = 0;
    int documents = 0;
    int before = problems.size();
    for (Event event : new Parse(settings(file)).parseString(text)) {
      if (event instanceof AliasEvent) {
        refuse(event, "an alias", "the value itself: aliases are not taken");
      } else if (event instanceof NodeEvent node && node.getAnchor().isPresent()) {
        refuse(event, "an anchor", "no anchors");
      } else if (isTagged(event)) {
        refuse(event, "a tag", "no tags");
      } else if (event instanceof DocumentStartEvent && ++documents > 1) {
        refuse(event, "another document", "one document");
      }
      if (event instanceof CollectionStartEvent && ++depth > MOST_DEPTH) {
        refuse(event, "nested too deep", "at most " + MOST_DEPTH + " levels");
        return false;
      } else if (event instanceof CollectionEndEvent) {
        depth--;
      }
    }
    return problems.size() == before;
  }

  private static boolean isTagged(Event event) {
    return (event instanceof ScalarEvent scalar && scalar.getTag().isPresent())
        || (event instanceof CollectionStartEvent start && start.getTag().isPresent());
  }

  private void refuse(Event event, String value, String expected) {
    Mark mark = event.getStartMark().orElse(null);
    problems.add(file, line(mark), column(mark), "", value, expected);
  }

  private void syntax(MarkedYamlEngineException e) {
    Mark mark = e.getProblemMark().orElse(e.getContextMark().orElse(null));
    String problem = e.getProblem() == null ? "not YAML" : e.getProblem();
    problems.add(file, line(mark), column(mark), "", problem, "a YAML document");
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("not YAML");
  }

  private static int line(@Nullable Mark mark) {
    return mark == null ? 0 : mark.getLine() + 1;
  }

  private static int column(@Nullable Mark mark) {
    return mark == null ? 0 : mark.getColumn() + 1;
  }

  private Element element(Node node, String path) {
    Mark mark = node.getStartMark().orElse(null);
    Element.Place place = new Element.Place(file, line(mark), column(mark), path);
    if (node instanceof MappingNode mapping) {
      return new Element.Mapping(place, fields(mapping, path));
    }
    if (node instanceof SequenceNode sequence) {
      List<Element> items = new ArrayList<>();
      for (Node item : sequence.getValue()) {
        items.add(element(item, path + "[" + items.size() + "]"));
      }
      return new Element.Sequence(place, items);
    }
    ScalarNode scalar = (ScalarNode) node;
    return new Element.Scalar(
        place,
        scalar.getValue(),
        scalar.getScalarStyle() != org.snakeyaml.engine.v2.common.ScalarStyle.PLAIN);
  }

  private List<Element.Field> fields(MappingNode mapping, String path) {
    List<Element.Field> fields = new ArrayList<>();
    Set<String> seen = new TreeSet<>();
    for (NodeTuple tuple : mapping.getValue()) {
      Mark mark = tuple.getKeyNode().getStartMark().orElse(null);
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        problems.add(file, line(mark), column(mark), path, "a key of several parts", "a plain key");
        continue;
      }
      String name = key.getValue();
      String child = path.isEmpty() ? name : path + "." + name;
      Element.Place place = new Element.Place(file, line(mark), column(mark), child);
      if (!seen.add(name)) {
        problems.add(place, "a second time", "each key once");
        continue;
      }
      fields.add(new Element.Field(name, place, element(tuple.getValueNode(), child)));
    }
    return fields;
  }
}
