package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The schemas that editors read say what the reader does. */
class SchemaAgreementTest {
  private static JsonObject schema(String name) throws IOException {
    return new JsonObject(Files.readString(Path.of("conf", name + ".schema.json")));
  }

  private static boolean accepts(String name, Object document) throws IOException {
    JsonSchemaOptions options =
        new JsonSchemaOptions().setDraft(Draft.DRAFT7).setBaseUri("https://apitwo.example/");
    return Validator.create(JsonSchema.of(schema(name)), options)
        .validate(json(document))
        .getValid();
  }

  @SuppressWarnings("unchecked")
  private static Object json(Object yaml) {
    if (yaml instanceof Map<?, ?> map) {
      return new JsonObject((Map<String, Object>) map);
    }
    return yaml instanceof java.util.List<?> list ? new JsonArray(list) : yaml;
  }

  private static Object yaml(String text) {
    return new Load(LoadSettings.builder().build()).loadFromString(text);
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(strings = {"rules", "apitwo"})
  void the_shipped_documents_fit_their_schemas(String name) throws IOException {
    String text = Files.readString(Path.of("conf", name + ".yaml"));
    assertThat(text).startsWith("# yaml-language-server: $schema=" + name + ".schema.json\n");
    assertThat(accepts(name, yaml(text))).isTrue();
  }

  @Test
  void the_shipped_documents_compile() throws Exception {
    RulesDocument.parse("r", Files.readString(Path.of("conf/rules.yaml")), name -> null);
    Settings settings =
        SettingsDocument.parse("s", Files.readString(Path.of("conf/apitwo.yaml")), Map.of());
    assertThat(settings).isEqualTo(SettingsDocument.parse("s", "", Map.of()));
  }

  static java.util.stream.Stream<String> structurallyBad() {
    return RulesDocumentTest.bad().stream()
        .filter(arguments -> isAboutStructure(arguments.get()[1].toString()))
        .map(arguments -> arguments.get()[0].toString());
  }

  /**
   * What a schema cannot say: names that must exist or differ, YAML's own matters, addresses in
   * full.
   */
  private static boolean isAboutStructure(String problem) {
    return java.util.stream.Stream.of(
            "one of the upstreams",
            "one of the limits",
            "no other route",
            "YAML",
            "anchor",
            "tag",
            "one document",
            "each key once",
            "a header's name",
            "http://x/path",
            "${NOPE}",
            "empty document")
        .noneMatch(problem::contains);
  }

  @ParameterizedTest
  @MethodSource("structurallyBad")
  void the_schema_refuses_what_the_reader_refuses(String text) throws IOException {
    assertThat(accepts("rules", yaml(text))).isFalse();
  }

  @Test
  void the_schemas_know_the_readers_keys() throws IOException {
    JsonObject rules = schema("rules");
    assertThat(keys(rules)).isEqualTo(RulesDocument.KEYS);
    assertThat(keys(at(rules, "upstreams").getJsonObject("additionalProperties")))
        .isEqualTo(RulesDocument.UPSTREAM_KEYS);
    JsonObject route = at(rules, "routes").getJsonObject("items");
    assertThat(keys(route)).isEqualTo(RulesDocument.ROUTE_KEYS);
    assertThat(keys(at(route, "match"))).isEqualTo(RulesDocument.MATCH_KEYS);
    JsonObject limit = at(rules, "limits").getJsonObject("additionalProperties");
    assertThat(keys(limit)).isEqualTo(RulesDocument.LIMIT_KEYS);
    assertThat(keys(at(limit, "windows"))).isEqualTo(RulesDocument.WINDOWS);
    assertThat(keys(at(limit, "headers"))).isEqualTo(RulesDocument.HEADERS_KEYS);
    assertThat(keys(at(rules, "identity"))).isEqualTo(RulesDocument.IDENTITY_KEYS);
  }

  @Test
  void the_settings_schema_knows_the_readers_settings() throws IOException {
    JsonObject settings = schema("apitwo");
    SettingsDocument.KEYS.forEach(
        (section, keys) -> {
          JsonObject place = settings;
          for (String key : section.isEmpty() ? new String[0] : section.split("\\.")) {
            place = at(place, key);
          }
          assertThat(keys(place)).as(section).containsAll(keys);
          if (!section.isEmpty() && !section.equals("proxy")) {
            assertThat(keys).as(section).containsAll(keys(place));
          }
        });
  }

  private static JsonObject at(JsonObject schema, String property) {
    return schema.getJsonObject("properties").getJsonObject(property);
  }

  private static Set<String> keys(JsonObject schema) {
    return schema.getJsonObject("properties").fieldNames();
  }
}
