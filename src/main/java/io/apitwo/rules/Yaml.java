package io.apitwo.rules;

import io.apitwo.rules.Node.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Reads a plain YAML 1.2 document (so also a JSON one) into a tree of nodes. Plain: one document,
 * string keys, each once; no anchors, aliases, merge keys or tags.
 *
 * <p>The tree is built from the parser's events: aliases are seen and never followed, and nesting
 * is cut off while reading, so no document takes more than its own size.
 */
final class Yaml {
  static final int MOST_BYTES = 1 << 20;
  private static final int MOST_DEPTH = 32;

  private final Place root;
  private final Problems problems;
  private final Iterator<Event> events;

  private Yaml(Place root, String text, Problems problems) {
    this.root = root;
    this.problems = problems;
    this.events = new Parse(LoadSettings.builder().build()).parseString(text).iterator();
  }

  /**
   * Reads a document. What leaves a tree to look at is added to the problems.
   *
   * @return null for an empty document
   * @throws InvalidDocumentException for what leaves nothing to look at
   */
  static @Nullable Node read(String file, String text, Problems problems)
      throws InvalidDocumentException {
    refuseLong(file, text, problems);
    refuseUnprintable(file, text, problems);
    Place root = Place.root(file, 1, 1);
    try {
      return new Yaml(root, text, problems).document();
    } catch (MarkedYamlEngineException e) {
      String context = e.getContext() == null ? "" : e.getContext() + ": ";
      Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
      Place place =
          mark.map(m -> Place.root(file, m.getLine() + 1, m.getColumn() + 1)).orElse(root);
      throw problems.fatal(place, flat(context + e.getProblem()), "YAML 1.2");
    } catch (YamlEngineException e) {
      throw problems.fatal(root, flat(String.valueOf(e.getMessage())), "YAML 1.2");
    }
  }

  /** The parser's own words: they quote no more than single characters and names. */
  private static String flat(String message) {
    StringBuilder flat = new StringBuilder();
    for (String line : message.split("\\R")) {
      flat.append(flat.isEmpty() ? "" : " ").append(line.strip());
    }
    return Excerpt.of(flat.toString(), 200);
  }

  private static void refuseLong(String file, String text, Problems problems)
      throws InvalidDocumentException {
    if (text.length() > MOST_BYTES || text.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
      Place whole = Place.root(file, 0, 0);
      throw problems.fatal(whole, "too long", "at most " + MOST_BYTES + " bytes");
    }
  }

  private static void refuseUnprintable(String file, String text, Problems problems)
      throws InvalidDocumentException {
    int line = 1;
    int column = 1;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      if (!StreamReader.isPrintable(c)) {
        Place place = Place.root(file, line, column);
        String shown = Excerpt.of(Character.toString(c));
        throw problems.fatal(place, shown, "no control characters");
      }
      boolean lineEnds = c == '\n' || (c == '\r' && !text.startsWith("\n", i + 1));
      line = lineEnds ? line + 1 : line;
      column = lineEnds ? 1 : column + 1;
    }
  }

  /** The parser's next event; some texts make the parser itself fail, such as an escape cut off. */
  private Event next() {
    try {
      return events.next();
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw new YamlEngineException("malformed text or escape", e);
    }
  }

  private @Nullable Node document() throws InvalidDocumentException {
    next(); // the stream starts
    if (next().getEventId() != Event.ID.DocumentStart) {
      return null;
    }
    Event first = next();
    Node node = node(first, start(first, root), 1);
    next(); // the document ends
    Event next = next();
    if (next.getEventId() == Event.ID.DocumentStart) {
      throw problems.fatal(start(next, root), "a second document", "one document");
    }
    boolean empty = first instanceof ScalarEvent s && s.isPlain() && s.getValue().isEmpty();
    return empty && !(node instanceof Node.Refused) ? null : node;
  }

  /** The root's place, moved to where an event starts. */
  private static Place start(Event event, Place place) {
    return event
        .getStartMark()
        .map(m -> new Place(place.parent(), place.segment(), m.getLine() + 1, m.getColumn() + 1))
        .orElse(place);
  }

  private Node node(Event event, Place place, int depth) throws InvalidDocumentException {
    if (depth > MOST_DEPTH && event instanceof CollectionStartEvent) {
      throw problems.fatal(place, "too deep", "at most " + MOST_DEPTH + " levels");
    }
    if (event instanceof AliasEvent alias) {
      String shown = Excerpt.of("*" + alias.getAlias().getValue());
      problems.add(place, shown, "no aliases: write the value out");
      return new Node.Refused(place);
    }
    Node node;
    if (event instanceof ScalarEvent scalar) {
      String text = scalar.getValue();
      Kind kind = scalar.isPlain() ? Kind.ofPlain(text) : Kind.STRING;
      node = new Node.Scalar(place, text, kind);
    } else if (event instanceof MappingStartEvent) {
      node = mapping(place, depth);
    } else {
      node = sequence(place, depth);
    }
    return refuseProperties((NodeEvent) event, place) ? new Node.Refused(place) : node;
  }

  /** Refuses an anchor or a tag; true for a tag, whose value means something else than it says. */
  private boolean refuseProperties(NodeEvent event, Place place) {
    event
        .getAnchor()
        .ifPresent(a -> problems.add(place, Excerpt.of("&" + a.getValue()), "no anchors"));
    Optional<String> tag =
        event instanceof ScalarEvent scalar
            ? scalar.getTag()
            : ((CollectionStartEvent) event).getTag();
    tag.ifPresent(t -> problems.add(place, Excerpt.of(t), "no tags"));
    return tag.isPresent();
  }

  private Node sequence(Place place, int depth) throws InvalidDocumentException {
    List<Node> items = new ArrayList<>();
    Event event = next();
    while (event.getEventId() != Event.ID.SequenceEnd) {
      Place item = start(event, place.at(items.size(), 0, 0));
      items.add(node(event, item, depth + 1));
      event = next();
    }
    return new Node.Sequence(place, items);
  }

  private Node mapping(Place place, int depth) throws InvalidDocumentException {
    Map<String, Node.Entry> entries = new LinkedHashMap<>();
    Event event = next();
    while (event.getEventId() != Event.ID.MappingEnd) {
      Place keyPlace = start(event, place);
      Node key = node(event, keyPlace, depth + 1);
      String name = name(key, event);
      Place at = place.at(name == null ? key.shown() : name, keyPlace.line(), keyPlace.column());
      event = next();
      Node value = node(event, start(event, at), depth + 1);
      if (name != null) {
        Node.Entry first = entries.putIfAbsent(name, new Node.Entry(at, value));
        if (first != null) {
          String expected = "each key once; the first is on line " + first.key().line();
          problems.add(at, "a repeated key", expected);
        }
      }
      event = next();
    }
    return new Node.Mapping(place, entries);
  }

  /** A key's name; null for one that was refused. */
  private @Nullable String name(Node key, Event event) {
    if (key instanceof Node.Refused) {
      return null;
    }
    if (!(key instanceof Node.Scalar scalar) || scalar.kind() != Kind.STRING) {
      problems.add(key.place(), key.shown(), "a string as key");
      return null;
    }
    if (scalar.text().equals("<<") && event instanceof ScalarEvent s && s.isPlain()) {
      problems.add(key.place(), "<<", "no merge keys: write the values out");
      return null;
    }
    return scalar.text();
  }
}
