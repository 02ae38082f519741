package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.DocumentJson;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import io.vertx.openapi.contract.OpenAPIContract;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract says what the server does, and the server does what the contract says. */
class OpenApiTest {
  private static final Set<String> METHODS = Set.of("get", "put", "post", "patch", "delete");
  private static final String RULES = LimitingTest.echo("by: [address], windows: { month: 100 }");

  @TempDir Path folder;
  private RunningGateway gateway;
  private Admin admin;
  private JsonObject contract;

  /** One operation of the contract. */
  private record Documented(String method, String path, JsonObject operation) {
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  @BeforeEach
  void start() throws Exception {
    gateway = RunningGateway.start(folder, RULES);
    admin = new Admin(gateway);
    contract = new JsonObject(DocumentJson.of("openapi.yaml", admin.get("/openapi.yaml").body()));
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private List<Documented> documented() {
    List<Documented> all = new ArrayList<>();
    JsonObject paths = contract.getJsonObject("paths");
    for (String path : paths.fieldNames()) {
      JsonObject item = paths.getJsonObject(path);
      for (String method : item.fieldNames()) {
        assertThat(method).isIn(METHODS);
        all.add(new Documented(method.toUpperCase(), path, item.getJsonObject(method)));
      }
    }
    return all;
  }

  private JsonObject resolved(JsonObject object) {
    String reference = object.getString("$ref");
    if (reference == null) {
      return object;
    }
    JsonObject found = contract;
    for (String part : reference.substring(2).split("/")) {
      found = found.getJsonObject(part);
      assertThat(found).as(reference).isNotNull();
    }
    return found;
  }

  private Validator validator(JsonObject schema) {
    String text = schema.encode().replace("#/components/schemas/", "#/$defs/");
    String parts = contract.getJsonObject("components").getJsonObject("schemas").encode();
    JsonObject whole =
        new JsonObject(text)
            .put("$defs", new JsonObject(parts.replace("#/components/schemas/", "#/$defs/")));
    JsonSchemaOptions options =
        new JsonSchemaOptions()
            .setBaseUri("app://apitwo")
            .setDraft(Draft.DRAFT202012)
            .setOutputFormat(OutputFormat.Basic);
    return Validator.create(JsonSchema.of(whole), options);
  }

  /** An answer is one of those that the contract has for its operation. */
  private void check(String operation, HttpResponse<String> answer) {
    Documented documented =
        documented().stream()
            .filter(each -> each.toString().equals(operation))
            .findFirst()
            .orElseThrow();
    JsonObject responses = documented.operation().getJsonObject("responses");
    String status = Integer.toString(answer.statusCode());
    assertThat(responses.fieldNames()).as("%s: %s", operation, answer.body()).contains(status);
    JsonObject response = resolved(responses.getJsonObject(status));
    String type = answer.headers().firstValue("Content-Type").orElse("").split(";")[0];
    JsonObject content = response.getJsonObject("content");
    assertThat(content.fieldNames()).as("%s %s", operation, status).contains(type);
    if (type.equals("application/json")) {
      valid(operation, content.getJsonObject(type).getJsonObject("schema"), answer.body());
    }
    JsonObject headers = response.getJsonObject("headers", new JsonObject());
    for (String header : headers.fieldNames()) {
      boolean dryRun = answer.body().contains("\"dryRun\"");
      if (!dryRun) {
        String value = answer.headers().firstValue(header).orElse("");
        JsonObject schema = resolved(headers.getJsonObject(header)).getJsonObject("schema");
        valid(operation + " " + header, schema, new JsonArray().add(value).encode());
      }
    }
  }

  private void valid(String what, JsonObject schema, String json) {
    Object value = json.startsWith("[") ? new JsonArray(json).getValue(0) : new JsonObject(json);
    OutputUnit output = validator(schema).validate(value);
    assertThat(output.getValid()).as("%s: %s: %s", what, json, output.toJson()).isTrue();
  }

  @Test
  void the_contract_is_openapi_as_its_specification_says() throws Exception {
    Vertx vertx = Vertx.vertx();
    String known = contract.encode().replace("\"application/yaml\"", "\"text/plain\"");
    known = known.replace("application/merge-patch+json", "application/hal+json");
    known = known.replace("text/event-stream", "application/octet-stream"); // what the reader knows
    try {
      OpenAPIContract read =
          OpenAPIContract.from(vertx, new JsonObject(known))
              .toCompletionStage()
              .toCompletableFuture()
              .get(20, TimeUnit.SECONDS);
      assertThat(read.operations()).hasSameSizeAs(documented());
    } finally {
      vertx.close();
    }
  }

  @Test
  void every_route_is_in_the_contract_and_every_operation_of_it_is_served() {
    Set<String> served = new TreeSet<>();
    for (String operation : gateway.gateway.operations()) {
      served.add(operation.replaceAll(":([a-z]+)", "{$1}"));
    }
    Set<String> promised = new TreeSet<>();
    documented().forEach(each -> promised.add(each.toString()));
    assertThat(promised).isEqualTo(served);
  }

  @Test
  void every_operation_has_a_name_of_its_own_and_parameters_for_its_path() {
    Set<String> names = new TreeSet<>();
    for (Documented each : documented()) {
      assertThat(names.add(each.operation().getString("operationId"))).as("%s", each).isTrue();
      assertThat(each.operation().getString("summary")).as("%s", each).isNotBlank();
      Set<String> inPath = new TreeSet<>();
      for (Object parameter : each.operation().getJsonArray("parameters", new JsonArray())) {
        JsonObject resolved = resolved((JsonObject) parameter);
        if (resolved.getString("in").equals("path")) {
          inPath.add("{" + resolved.getString("name") + "}");
        }
      }
      Set<String> named = new TreeSet<>();
      java.util.regex.Pattern.compile("\\{[a-z]+}")
          .matcher(each.path())
          .results()
          .forEach(found -> named.add(found.group()));
      assertThat(inPath).as("%s", each).isEqualTo(named);
    }
  }

  @Test
  void every_operation_behind_the_token_refuses_who_has_none_as_promised() throws Exception {
    for (Documented each : documented()) {
      boolean open = each.operation().containsKey("security");
      assertThat(open).as("%s", each).isEqualTo(!each.path().startsWith("/admin/"));
      String path = each.path().replaceAll("\\{[a-z]+}", "1");
      if (!open) {
        check(each.toString(), admin.send(each.method(), path, "", "Origin", "http://e.example"));
        assertThat(each.operation().getJsonObject("responses").fieldNames())
            .contains("401", "403", "429");
      }
    }
    HttpResponse<String> none = admin.get("/admin/v1/rules", "Authorization", "Bearer wrong");
    assertThat(none.statusCode()).isEqualTo(401);
    check("GET /admin/v1/rules", none);
  }

  @Test
  void every_operation_with_a_body_refuses_other_types_as_promised() throws Exception {
    for (Documented each : documented()) {
      if (each.operation().containsKey("requestBody")) {
        String path = each.path().replaceAll("\\{[a-z]+}", "1");
        HttpResponse<String> refused =
            admin.send(each.method(), path, "x", "Content-Type", "text/plain");
        assertThat(refused.statusCode()).as("%s", each).isEqualTo(415);
        check(each.toString(), refused);
      }
    }
  }

  @Test
  void open_operations_answer_as_promised() throws Exception {
    for (String path : List.of("/health/live", "/health/ready", "/metrics", "/openapi.yaml")) {
      check("GET " + path, admin.get(path, "Authorization", "none"));
    }
  }

  @Test
  void rules_are_answered_as_promised() throws Exception {
    String rules = "/admin/v1/rules";
    check("GET " + rules, admin.get(rules));
    check("GET " + rules, admin.get(rules, "Accept", "application/json"));
    check("PUT " + rules, admin.put(RULES.replace("100", "7")));
    check("PUT " + rules, admin.put("nothing: 1"));
    check("PUT " + rules, admin.put(RULES, "If-Match", "9"));
    check("PUT " + rules, admin.put(RULES, "If-Match", "x"));
    check("PUT " + rules, admin.put("#".repeat(3 << 20)));
    check(
        "PUT " + rules,
        admin.send("PUT", rules + "?dryRun=true", RULES, "Content-Type", "application/yaml"));
    check("GET " + rules + "/revisions", admin.get(rules + "/revisions"));
    String one = "GET " + rules + "/revisions/{n}";
    check(one, admin.get(rules + "/revisions/1"));
    check(one, admin.get(rules + "/revisions/1", "Accept", "application/json"));
    check(one, admin.get(rules + "/revisions/99"));
    String back = "POST " + rules + "/revisions/{n}/rollback";
    check(back, admin.rollback(1));
    check(back, admin.rollback(99));
    check(back, admin.rollback(1, "If-Match", "1"));
    String patch = "PATCH /admin/v1/limits/{name}";
    check(patch, admin.patch("default", "{\"windows\": {\"month\": 8}}"));
    check(patch, admin.patch("default", "{\"windows\": 8}"));
    check(patch, admin.patch("none", "{}"));
    check("GET /admin/v1/nodes", admin.get("/admin/v1/nodes"));
  }

  /** As {@code NodeState} has it of a node that has just come. */
  @Test
  void a_node_without_numbered_rules_is_listed_as_promised() throws Exception {
    JsonObject nodes = Admin.json(admin.get("/admin/v1/nodes"));
    nodes.getJsonArray("nodes").getJsonObject(0).put("revision", 0).put("sha256", "");
    JsonObject schema = new JsonObject().put("$ref", "#/components/schemas/Nodes");
    valid("Nodes", schema, nodes.encode());
  }

  @Test
  void requests_are_explained_as_promised() throws Exception {
    String path = "/admin/v1/explain";
    for (String sample :
        List.of("{\"url\": \"/x\"}", "{\"url\": \"/%5c\"}", "{\"method\": \"GET\"}", "x")) {
      check("POST " + path, admin.send("POST", path, sample, "Content-Type", "application/json"));
    }
  }

  @Test
  void single_clients_are_answered_as_promised() throws Exception {
    String json = "application/json";
    String client = "/admin/v1/clients/{key}/";
    String path = "/admin/v1/clients/127.0.0.1/";
    gateway.get("/");
    check("GET " + client + "usage", admin.get(path + "usage"));
    check("GET " + client + "usage", admin.get(path + "usage?all=true"));
    check("GET " + client + "usage", admin.get("/admin/v1/clients/a%20b/usage"));
    check("GET /admin/v1/top", admin.get("/admin/v1/top"));
    check("GET /admin/v1/top", admin.get("/admin/v1/top?limit=none"));
    check("DELETE " + client + "usage", admin.send("DELETE", path + "usage", ""));
    check("DELETE " + client + "usage", admin.send("DELETE", path + "usage?limit=x", ""));
    check("DELETE " + client + "usage", admin.send("DELETE", path + "usage?dryRun=true", ""));
    String boost = "{\"factor\": 2, \"seconds\": 60}";
    String block = "{\"seconds\": 60}";
    for (String body : List.of(boost, block, "x")) {
      for (String what : List.of("boost", "block")) {
        check("POST " + client + what, admin.send("POST", path + what, body, "Content-Type", json));
      }
    }
    check("GET /admin/v1/adjustments", admin.get("/admin/v1/adjustments"));
    check("GET " + client + "usage", admin.get(path + "usage"));
    for (String what : List.of("boost", "boost", "block")) {
      check("DELETE " + client + what, admin.send("DELETE", path + what, ""));
    }
  }

  @Test
  void a_candidate_is_answered_as_promised() throws Exception {
    String path = "/admin/v1/candidate";
    check("GET " + path, admin.get(path));
    check("PUT " + path, admin.send("PUT", path, "x: 1", "Content-Type", "application/yaml"));
    check("PUT " + path, admin.send("PUT", path, RULES, "Content-Type", "application/yaml"));
    gateway.get("/");
    check("GET " + path, admin.get(path));
    for (String match : List.of("x", "9")) {
      String yaml = "application/yaml";
      check("DELETE " + path, admin.send("DELETE", path, "", "If-Match", match));
      check("PUT " + path, admin.send("PUT", path, RULES, "Content-Type", yaml, "If-Match", match));
    }
    String dry = path + "?dryRun=true";
    check("PUT " + path, admin.send("PUT", dry, RULES, "Content-Type", "application/yaml"));
    check("DELETE " + path, admin.send("DELETE", dry, ""));
    check("DELETE " + path, admin.send("DELETE", path, ""));
    check("DELETE " + path, admin.send("DELETE", path, ""));
    String wider = RULES.replace("100", "200");
    check("PUT " + path, admin.send("PUT", path, wider, "Content-Type", "application/yaml"));
    check("POST " + path + "/promote", admin.send("POST", path + "/promote?dryRun=true", ""));
    check("POST " + path + "/promote", admin.send("POST", path + "/promote", ""));
    check("POST " + path + "/promote", admin.send("POST", path + "/promote", ""));
  }
}
