package io.apitwo.rules;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The reference of a document, made from its schema: a section for each mapping, and in it a row
 * for each key.
 */
final class Reference {
  private static final Pattern DEFAULT = Pattern.compile("(?s)(.*?) ?Default: (.*?)\\.?$");
  private static final String WITH_VARIABLES =
      "\n| key | type | default | variable | what |\n|---|---|---|---|---|\n";
  private static final String WITHOUT_VARIABLES =
      "\n| key | type | default | what |\n|---|---|---|---|\n";
  private static final Pattern HUMP = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");

  private final JsonObject schema;
  private final boolean variables;
  private final StringBuilder text = new StringBuilder();

  private Reference(JsonObject schema, boolean variables) {
    this.schema = schema;
    this.variables = variables;
  }

  /**
   * @param head what stands before the sections
   * @param variables whether rows name the environment variable that overrides a setting
   */
  static String of(String head, JsonObject schema, boolean variables) {
    Reference reference = new Reference(schema, variables);
    reference.text.append(head);
    reference.section("", schema);
    JsonObject definitions = schema.getJsonObject("definitions", new JsonObject());
    for (String name : definitions.fieldNames()) {
      reference.definition(name, definitions.getJsonObject(name));
    }
    return reference.text.toString();
  }

  private void definition(String name, JsonObject definition) {
    if (definition.containsKey("properties")) {
      section("the " + name, definition);
    } else {
      heading("the " + name);
      text.append("\nType: ").append(type(definition)).append(". ");
      text.append(definition.getString("description", "")).append('\n');
      nested("the " + name, definition);
    }
  }

  private void heading(String path) {
    text.append("\n## ")
        .append(path.isEmpty() ? "The document" : path.startsWith("the ") ? path : "`" + path + "`")
        .append('\n');
  }

  private void section(String path, JsonObject object) {
    heading(path);
    text.append('\n').append(object.getString("description", "")).append('\n');
    text.append(variables ? WITH_VARIABLES : WITHOUT_VARIABLES);
    JsonObject properties = object.getJsonObject("properties");
    TreeSet<String> required = new TreeSet<>(words(object.getJsonArray("required")));
    for (String key : properties.fieldNames()) {
      row(path, key, properties.getJsonObject(key), required.contains(key));
    }
    for (String key : properties.fieldNames()) {
      nested(path.isEmpty() ? key : path + "." + key, properties.getJsonObject(key));
    }
  }

  private void row(String path, String key, JsonObject value, boolean required) {
    String full = path.isEmpty() ? key : path + "." + key;
    JsonObject meant = value.containsKey("$ref") ? definition(value) : value;
    var parts = DEFAULT.matcher(meant.getString("description", ""));
    boolean told = parts.matches();
    String what = told ? parts.group(1) : meant.getString("description", "");
    String otherwise = required ? "required" : told ? parts.group(2) : "";
    String given = value.containsKey("default") ? plain(value.getValue("default")) : "";
    if (!given.isEmpty() && (!told || otherwise.equals(given))) {
      otherwise = "`" + given + "`";
    }
    text.append("| `").append(key).append("` | ").append(cell(type(value)));
    text.append(" | ").append(cell(otherwise)).append(" | ");
    if (variables) {
      text.append(overridable(value) ? "`" + variable(full) + "`" : "").append(" | ");
    }
    text.append(cell(what)).append(" |\n");
  }

  /** Sections of the mappings that lie in a value, wherever they do. */
  private void nested(String path, JsonObject value) {
    if (value.containsKey("properties")) {
      section(path, value);
    }
    if (value.getValue("additionalProperties") instanceof JsonObject named) {
      nested(path + ".NAME", named);
    }
    if (value.getValue("items") instanceof JsonObject item) {
      nested(path + "[]", item);
    }
    for (JsonObject choice : choices(value)) {
      nested(path, choice);
    }
  }

  private String type(JsonObject value) {
    if (value.containsKey("$ref")) {
      String name = value.getString("$ref").replaceFirst(".*/", "");
      return "[the " + name + "](#the-" + name.toLowerCase(Locale.ROOT) + ")";
    }
    if (value.containsKey("enum")) {
      return value.getJsonArray("enum").stream()
          .map(word -> "`" + word + "`")
          .distinct()
          .collect(Collectors.joining(", "));
    }
    List<JsonObject> choices = choices(value);
    if (!choices.isEmpty() && !value.containsKey("type")) {
      return choices.stream().map(this::type).distinct().collect(Collectors.joining(" or "));
    }
    String type = value.getString("type", "any");
    switch (type) {
      case "object":
        return value.getValue("additionalProperties") instanceof JsonObject named
            ? "mapping of names to: " + type(named)
            : "mapping";
      case "array":
        return value.getValue("items") instanceof JsonObject item
            ? "list of: " + type(item)
            : "list";
      case "string":
        return value.getString("pattern", "").contains("(?:ms|s|m|h)") ? "duration" : "text";
      case "boolean":
        return "true or false";
      default:
        Object least = value.getValue("minimum");
        return least == null ? type : type + ", " + least + " to " + value.getValue("maximum");
    }
  }

  private static List<JsonObject> choices(JsonObject value) {
    List<JsonObject> choices = new ArrayList<>();
    for (String word : List.of("anyOf", "oneOf")) {
      for (Object choice : value.getJsonArray(word, new JsonArray())) {
        JsonObject object = (JsonObject) choice;
        if (object.containsKey("type")
            || object.containsKey("$ref")
            || object.containsKey("enum")) {
          choices.add(object);
        }
      }
    }
    return choices;
  }

  private JsonObject definition(JsonObject reference) {
    String name = reference.getString("$ref").replaceFirst(".*/", "");
    return schema.getJsonObject("definitions").getJsonObject(name);
  }

  private static List<String> words(JsonArray array) {
    return array == null ? List.of() : array.stream().map(String::valueOf).toList();
  }

  private static String plain(Object value) {
    return value instanceof JsonArray array ? array.encode() : String.valueOf(value);
  }

  private static boolean overridable(JsonObject value) {
    return !value.containsKey("properties");
  }

  static String variable(String path) {
    String words = HUMP.matcher(path.replace('.', '_')).replaceAll("_");
    return "APITWO_" + words.toUpperCase(Locale.ROOT);
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("<", "&lt;").replace("**", "\\*\\*").replace("\n", " ");
  }

  /** The files, by path. */
  static Map<String, String> files(JsonObject rules, JsonObject settings) {
    return Map.of(
        "docs/rules.md",
        of(
            "# Rules, key by key\n\nWhat `conf/rules.yaml` may hold. This page is made from"
                + " `conf/rules.schema.json`; do not edit it.\n"
                + "Examples are in the [README](../README.md#rules-in-one-page) and in the"
                + " [recipes](../conf/recipes/README.md).\n\nKeys that are not listed are refused."
                + " Texts may hold `${VARIABLE}` and `${file:/path}`.\n"
                + "`NAME` stands for a name of your own, `[]` for each item of a list.\n",
            rules,
            false),
        "docs/settings.md",
        of(
            "# Settings, key by key\n\nWhat `conf/apitwo.yaml` may hold. This page is made from"
                + " `conf/apitwo.schema.json`; do not edit it.\n\nA variable wins over the file."
                + " Lists are written with commas there.\n",
            settings,
            true));
  }
}
