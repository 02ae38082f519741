package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** The schemas beside the documents say the same as the readers. */
class SchemaTest {
  private static final JsonObject RULES = schema("conf/rules.schema.json");
  private static final JsonObject SETTINGS = schema("conf/apitwo.schema.json");

  private static JsonObject schema(String file) {
    return new JsonObject(read(file));
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Object load(String yaml) {
    LoadSettings settings = LoadSettings.builder().setSchema(new CoreSchema()).build();
    return json(new Load(settings).loadFromString(yaml));
  }

  private static Object json(Object value) {
    if (value instanceof Map<?, ?> map) {
      JsonObject object = new JsonObject();
      map.forEach((key, child) -> object.put((String) key, json(child)));
      return object;
    }
    return value instanceof List<?> list
        ? new JsonArray(list.stream().map(SchemaTest::json).toList())
        : value;
  }

  private static boolean accepts(JsonObject schema, Object document) {
    JsonSchemaOptions options =
        new JsonSchemaOptions()
            .setBaseUri("app://apitwo")
            .setDraft(Draft.DRAFT7)
            .setOutputFormat(OutputFormat.Flag);
    return Validator.create(JsonSchema.of(schema), options).validate(document).getValid();
  }

  static Stream<Arguments> good() {
    return Stream.concat(recipes(), documentsOfAllKinds());
  }

  private static Stream<Arguments> recipes() {
    try (Stream<Path> files = Files.list(Path.of("conf/recipes"))) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .map(file -> Arguments.of(RULES, read(file.toString())))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Stream<Arguments> documentsOfAllKinds() {
    return Stream.of(
        Arguments.of(RULES, read("conf/rules.yaml")),
        Arguments.of(RULES, RulesDocumentTest.FULL),
        Arguments.of(
            RULES, "upstreams: {u: {targets: ['http://${A}:1']}}\nroutes: [{id: r, upstream: u}]"),
        Arguments.of(SETTINGS, read("conf/apitwo.yaml")),
        Arguments.of(SETTINGS, SettingsDocumentTest.FULL),
        Arguments.of(SETTINGS, redis("url: 'rediss://app:%40:+@[::1]:6380/3'")),
        Arguments.of(SETTINGS, redis("url: 'redis://:${SECRET}@a.example/', mode: cluster")),
        Arguments.of(SETTINGS, redis("mode: cluster, endpoints: ['a:1', '[::1]:2', '${A}']")),
        Arguments.of(SETTINGS, "{}"));
  }

  private static String redis(String settings) {
    return "store: {type: redis, redis: {" + settings + "}}";
  }

  @ParameterizedTest
  @MethodSource("good")
  void a_schema_accepts_what_its_reader_accepts(JsonObject schema, String text) {
    assertThat(accepts(schema, load(text))).isTrue();
  }

  static Stream<Arguments> bad() {
    return Stream.concat(
            BadDocument.rules().map(bad -> Arguments.of(bad, RULES)),
            BadDocument.settings().map(bad -> Arguments.of(bad, SETTINGS)))
        .filter(arguments -> !((BadDocument) arguments.get()[0]).kind().equals("yaml"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bad")
  void a_schema_refuses_what_its_reader_refuses_for_its_structure(
      BadDocument bad, JsonObject schema) {
    if (bad.kind().equals("structure")) {
      assertThat(accepts(schema, load(bad.text()))).isFalse();
    } else if (bad.kind().equals("semantics")) {
      assertThat(accepts(schema, load(bad.text()))).isTrue();
    }
  }

  /** One mapping of a full document and the schema for it. */
  private record Mapping(JsonObject value, JsonObject schema) {}

  static Stream<Arguments> documents() {
    return Stream.of(
        Arguments.of(RULES, RulesDocumentTest.FULL),
        Arguments.of(SETTINGS, SettingsDocumentTest.FULL));
  }

  /**
   * A reader names the keys it knows when it refuses another one: so put one into each mapping of a
   * document that has them all.
   */
  @ParameterizedTest
  @MethodSource("documents")
  void a_schema_names_the_keys_that_its_reader_knows(JsonObject schema, String full) {
    JsonObject document = (JsonObject) load(full);
    List<Mapping> mappings = new ArrayList<>();
    collect(document, schema, schema, mappings);
    assertThat(mappings).map(Mapping::schema).containsAll(objects(schema));
    for (Mapping mapping : mappings) {
      mapping.value().put("...", 1);
      assertThat(known(schema, document))
          .isEqualTo(List.copyOf(mapping.schema().getJsonObject("properties").fieldNames()));
      mapping.value().remove("...");
    }
  }

  private static List<String> known(JsonObject schema, JsonObject document) {
    InvalidDocumentException e =
        catchThrowableOfType(
            InvalidDocumentException.class,
            () -> {
              if (schema == RULES) {
                RulesDocument.parse("", document.encode(), name -> null);
              } else {
                SettingsDocument.parse("", document.encode(), Map.of("TOKEN", "x".repeat(16)));
              }
            });
    assertThat(e.problems()).hasSize(1);
    assertThat(e.problems().get(0).value()).isEqualTo("an unknown key");
    String keys = e.problems().get(0).expected().replaceAll("^one of |; did you mean.*", "");
    return List.of(keys.split(", "));
  }

  private static void collect(
      Object value, JsonObject given, JsonObject root, List<Mapping> mappings) {
    JsonObject schema = variant(given, value, root);
    JsonObject properties = schema.getJsonObject("properties");
    if (value instanceof JsonArray array) {
      array.forEach(item -> collect(item, schema.getJsonObject("items"), root, mappings));
    } else if (value instanceof JsonObject object && properties != null) {
      mappings.add(new Mapping(object, schema));
      object.forEach(
          e -> collect(e.getValue(), properties.getJsonObject(e.getKey()), root, mappings));
    } else if (value instanceof JsonObject object) {
      JsonObject any = schema.getJsonObject("additionalProperties");
      object.forEach(e -> collect(e.getValue(), any, root, mappings));
    }
  }

  /** The schema that is referred to, and of several the one that fits. */
  private static JsonObject variant(JsonObject given, Object value, JsonObject root) {
    String reference = given.getString("$ref");
    JsonObject schema =
        reference == null
            ? given
            : root.getJsonObject("definitions")
                .getJsonObject(reference.substring("#/definitions/".length()));
    JsonArray variants = schema.getJsonArray("anyOf");
    return variants == null
        ? schema
        : variants.stream()
            .map(variant -> variant((JsonObject) variant, value, root))
            .filter(variant -> accepts(alone(variant, root), value))
            .findFirst()
            .orElseThrow();
  }

  private static JsonObject alone(JsonObject schema, JsonObject root) {
    return schema.copy().put("definitions", root.getValue("definitions"));
  }

  /** All schemas of mappings with known keys. */
  private static List<JsonObject> objects(Object schema) {
    List<JsonObject> objects = new ArrayList<>();
    if (schema instanceof JsonObject object) {
      if (object.getValue("properties") instanceof JsonObject && object.containsKey("type")) {
        objects.add(object);
      }
      object.forEach(e -> objects.addAll(objects(e.getValue())));
    } else if (schema instanceof JsonArray array) {
      array.forEach(item -> objects.addAll(objects(item)));
    }
    return objects;
  }
}
