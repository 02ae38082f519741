package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.admin.AdminToken;
import io.apitwo.rules.SettingsDocument;
import io.apitwo.telemetry.Logging;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator's door. */
class ManagementTest {
  private static final String RULES = LimitingTest.echo("by: [address], windows: { month: 1 }");

  @TempDir Path folder;

  @Test
  void health_is_open_and_says_which_revision_runs() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      assertThat(gateway.manage("/health/live").body()).isEqualTo("{\"status\":\"UP\"}");
      assertThat(gateway.manage("/health/ready").body())
          .isEqualTo("{\"status\":\"UP\",\"revision\":1}");
      assertThat(gateway.get("/health/ready").body()).isEqualTo("{\"origin\":\"127.0.0.1\"}");
    }
  }

  @Test
  void the_rules_in_force_are_shown_to_those_who_hold_the_token() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      HttpResponse<String> rules =
          gateway.manage("/admin/v1/rules", "Authorization", "Bearer " + RunningGateway.TOKEN);
      assertThat(rules.statusCode()).isEqualTo(200);
      assertThat(rules.body()).isEqualTo(RULES);
      assertThat(rules.headers().firstValue("ETag")).hasValue("\"1\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer wrong", "Bearer ", "Basic YTpi", RunningGateway.TOKEN})
  void without_the_token_nothing_of_the_admin_api_is_seen(String authorization) throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      for (String path : java.util.List.of("/admin/v1/rules", "/admin/v1/none", "/admin/")) {
        HttpResponse<String> refused = gateway.manage(path, "Authorization", authorization);
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
      }
      assertThat(gateway.manage("/admin/v1/rules").statusCode()).isEqualTo(401);
      assertThat(gateway.log.toString()).doesNotContain(RunningGateway.TOKEN);
    }
  }

  @Test
  void browsers_of_other_sites_are_refused() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      HttpResponse<String> refused =
          gateway.manage(
              "/admin/v1/rules",
              "Authorization",
              "Bearer " + RunningGateway.TOKEN,
              "Origin",
              "http://evil.example");
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(gateway.manage("/nothing").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void a_generated_token_is_its_owners_alone_and_stays() throws IOException {
    Path file = folder.resolve("data/admin.token");
    AdminToken.readOrGenerate(file);
    String token = Files.readString(file);
    assertThat(token.strip()).hasSizeGreaterThan(40);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    AdminToken.readOrGenerate(file);
    assertThat(Files.readString(file)).isEqualTo(token);
  }

  @Test
  void a_token_of_which_only_a_half_was_made_is_made_anew() throws IOException {
    Path file = folder.resolve("data/admin.token");
    Files.createDirectories(file.getParent());
    Files.writeString(file.resolveSibling("admin.token.new"), "half");
    AdminToken.readOrGenerate(file);
    assertThat(Files.readString(file).strip()).hasSizeGreaterThan(40);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(file.resolveSibling("admin.token.new")).doesNotExist();
  }

  @Test
  void a_token_that_others_can_read_is_pointed_out() throws IOException {
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    Logging.configure(false, false, log, log);
    try {
      Path file = folder.resolve("admin.token");
      AdminToken.readOrGenerate(file);
      AdminToken.readOrGenerate(file);
      assertThat(log.toString()).isEmpty();
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
      AdminToken.readOrGenerate(file);
      assertThat(log.toString())
          .contains("WARN ")
          .contains(file + ": rw-rw-rw- (expected: rw-------, readable by its owner alone)")
          .doesNotContain(Files.readString(file).strip());
    } finally {
      Logging.stop();
    }
  }

  @Test
  void a_cluster_whose_nodes_make_tokens_of_their_own_is_pointed_out() throws Exception {
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    Logging.configure(false, false, log, log);
    try {
      Map<String, String> environment =
          new HashMap<>(Map.of("APITWO_DATA_DIR", folder.resolve("data").toString()));
      AdminTokens.of(SettingsDocument.parse("test", "", environment));
      environment.put("APITWO_CLUSTER_ENABLED", "true");
      environment.put("APITWO_CLUSTER_SECRET", "a secret of the tests");
      environment.put("APITWO_MANAGEMENT_TOKEN", RunningGateway.TOKEN);
      AdminTokens.of(SettingsDocument.parse("test", "", environment));
      assertThat(log.toString()).isEmpty();
      environment.remove("APITWO_MANAGEMENT_TOKEN");
      AdminTokens.of(SettingsDocument.parse("test", "", environment));
      assertThat(log.toString()).contains("a cluster without a configured admin token");
    } finally {
      Logging.stop();
    }
  }

  @Test
  void a_token_file_must_hold_a_token() throws IOException {
    Path file = folder.resolve("t");
    Assertions.assertThatThrownBy(() -> AdminToken.read(file))
        .hasMessage(file + ": no such file (expected: a file with the admin token)");
    Files.writeString(file, "short\n");
    Assertions.assertThatThrownBy(() -> AdminToken.read(file))
        .hasMessage(file + ": 5 characters (expected: a token of at least 16)");
    Assertions.assertThatThrownBy(() -> AdminToken.read(folder))
        .hasMessage(folder + ": cannot be read (expected: a file with the admin token)");
  }

  @Test
  void a_token_that_cannot_be_kept_is_said_to_be() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    Path token = file.resolve("admin.token");
    Assertions.assertThatThrownBy(() -> AdminToken.readOrGenerate(token))
        .hasMessage(
            token + ": cannot be made (expected: a folder that can be made and written to)");
  }
}
