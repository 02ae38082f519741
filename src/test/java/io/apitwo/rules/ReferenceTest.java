package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The references in docs are what their schemas say. */
class ReferenceTest {
  private static final String REWRITE = "mvn test -Dtest=ReferenceTest -Dreference.write=true";

  private static JsonObject schema(String file) throws IOException {
    return new JsonObject(Files.readString(Path.of(file)));
  }

  @Test
  void references_are_current() throws IOException {
    Map<String, String> files =
        Reference.files(schema("conf/rules.schema.json"), schema("conf/apitwo.schema.json"));
    for (Map.Entry<String, String> file : files.entrySet()) {
      Path path = Path.of(file.getKey());
      if (Boolean.getBoolean("reference.write")) {
        Files.writeString(path, file.getValue());
      }
      assertThat(path).as("rewrite it: %s", REWRITE).hasContent(file.getValue());
    }
  }

  @Test
  void every_variable_that_is_listed_is_a_setting() throws IOException {
    Matcher variable =
        Pattern.compile("APITWO_[A-Z0-9_]+").matcher(Files.readString(Path.of("docs/settings.md")));
    int found = 0;
    while (variable.find()) {
      found++;
      assertThat(SettingsDocument.unknownVariables(Map.of(variable.group(), "1")))
          .as(variable.group())
          .isEqualTo(List.of());
    }
    assertThat(found).isGreaterThan(30);
  }
}
