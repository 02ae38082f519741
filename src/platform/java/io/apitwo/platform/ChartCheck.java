package io.apitwo.platform;

import static io.apitwo.platform.Manifests.at;
import static io.apitwo.platform.Manifests.list;
import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.RulesDocument;
import io.apitwo.rules.SettingsDocument;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Helm chart, as both Helms render it. */
class ChartCheck {
  private static final String CHART = "charts/apitwo";

  private static String render(String helm, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("template", "shop", CHART));
    arguments.addAll(List.of(more));
    return Tool.fetched(helm).run(arguments.toArray(String[]::new)).succeeded();
  }

  static Stream<Arguments> values() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(CHART, "ci"))) {
      return files
          .flatMap(
              file ->
                  Stream.of("helm3/helm", "helm4/helm")
                      .map(helm -> Arguments.of(helm, file.toString())))
          .toList()
          .stream();
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("values")
  void lint_finds_nothing(String helm, String values) throws Exception {
    String said = Tool.fetched(helm).run("lint", "--strict", CHART, "-f", values).succeeded();
    assertThat(said).doesNotContain("WARNING", "ERROR");
  }

  /** By the types of the API: an unknown field, or a wrong type, would be in its place. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("values")
  void every_object_is_one_of_the_api_without_unknown_fields(String helm, String values)
      throws Exception {
    KubernetesSerialization serialization = new KubernetesSerialization();
    Manifests manifests = Manifests.parse(render(helm, "-f", values));
    assertThat(manifests.byName()).isNotEmpty();
    for (Map<String, Object> object : manifests.byName().values()) {
      if (String.valueOf(object.get("apiVersion")).startsWith("monitoring.coreos.com/")) {
        continue; // an operator's own
      }
      Object typed = serialization.unmarshal(serialization.asYaml(object));
      assertThat(typed).isInstanceOf(HasMetadata.class);
      List<String> unknown = new ArrayList<>();
      findUnknown(String.valueOf(object.get("kind")), typed, unknown, 0);
      assertThat(unknown).isEmpty();
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("values")
  void every_object_has_what_the_api_requires(String helm, String values) throws Exception {
    Manifests manifests = Manifests.parse(render(helm, "-f", values));
    JsonArray objects = new JsonArray(new ArrayList<>(manifests.byName().values()));
    Tool.onPath("node")
        .runWith(objects.encode(), "src/platform/required.mjs", Tool.folder("models").toString())
        .succeeded();
  }

  private static void findUnknown(String place, Object value, List<String> unknown, int depth)
      throws ReflectiveOperationException {
    if (value == null || depth > 30) {
      return;
    }
    if (value instanceof List<?> items) {
      for (Object item : items) {
        findUnknown(place + "[]", item, unknown, depth + 1);
      }
    } else if (value.getClass().getName().startsWith("io.fabric8.kubernetes.api.model")) {
      for (var method : value.getClass().getMethods()) {
        if (method.getName().equals("getAdditionalProperties")) {
          ((Map<?, ?>) method.invoke(value))
              .keySet()
              .forEach(key -> unknown.add(place + "." + key));
        } else if (method.getName().startsWith("get")
            && method.getParameterCount() == 0
            && !method.getName().equals("getClass")) {
          findUnknown(
              place + "." + method.getName().substring(3),
              method.invoke(value),
              unknown,
              depth + 1);
        }
      }
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("values")
  void what_refers_to_something_finds_it(String helm, String values) throws Exception {
    Manifests all = Manifests.parse(render(helm, "-f", values));
    for (Map<String, Object> service : all.of("Service")) {
      Map<String, Object> pod = selected(all, at(service, "spec", "selector"));
      for (Map<String, Object> port : list(service, "spec", "ports")) {
        assertThat(list(pod, "spec", "containers", 0, "ports"))
            .as("%s: %s", at(service, "metadata", "name"), port)
            .anyMatch(each -> each.get("name").equals(port.get("targetPort")));
      }
    }
    for (String kind : List.of("PodDisruptionBudget", "NetworkPolicy")) {
      for (Map<String, Object> object : all.of(kind)) {
        Object selector =
            kind.equals("NetworkPolicy")
                ? at(object, "spec", "podSelector", "matchLabels")
                : at(object, "spec", "selector", "matchLabels");
        assertThat(selected(all, selector)).isNotNull();
      }
    }
    for (Map<String, Object> scaler : all.of("HorizontalPodAutoscaler")) {
      Map<String, Object> target = all.one("Deployment");
      assertThat(at(scaler, "spec", "scaleTargetRef", "name"))
          .isEqualTo(at(target, "metadata", "name"));
      assertThat(at(target, "spec", "replicas")).isNull();
      assertThat(
              at(
                  target,
                  "spec",
                  "template",
                  "spec",
                  "containers",
                  0,
                  "resources",
                  "requests",
                  "cpu"))
          .isNotNull();
    }
    for (Map<String, Object> workload : workloads(all)) {
      assertThat(at(workload, "spec", "selector", "matchLabels"))
          .isNotNull()
          .satisfies(labels -> assertThat(selected(all, labels)).isNotNull());
      assertProbes(at(workload, "spec", "template", "spec", "containers", 0));
      assertMounts(workload);
      assertRestricted(at(workload, "spec", "template", "spec"));
    }
    for (Map<String, Object> pod : all.of("Pod")) {
      assertRestricted(at(pod, "spec"));
    }
  }

  private static List<Map<String, Object>> workloads(Manifests all) {
    return Stream.concat(all.of("Deployment").stream(), all.of("StatefulSet").stream()).toList();
  }

  /** The one pod template that has all these labels. */
  @SuppressWarnings("unchecked")
  private static Map<String, Object> selected(Manifests all, Object labels) {
    List<Object> pods =
        workloads(all).stream()
            .map(workload -> at(workload, "spec", "template"))
            .filter(
                pod ->
                    ((Map<String, Object>) at(pod, "metadata", "labels"))
                        .entrySet()
                        .containsAll(((Map<String, Object>) labels).entrySet()))
            .toList();
    assertThat(pods).as("%s", labels).hasSize(1);
    return (Map<String, Object>) pods.get(0);
  }

  private static void assertProbes(Object container) {
    for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      assertThat(at(container, probe)).as(probe).isNotNull();
      Object port = at(container, probe, "httpGet", "port");
      port = port == null ? at(container, probe, "tcpSocket", "port") : port;
      if (port != null) {
        Object named = port;
        assertThat(list(container, "ports")).anyMatch(each -> each.get("name").equals(named));
      }
    }
  }

  private static void assertMounts(Map<String, Object> workload) {
    List<Object> volumes = new ArrayList<>();
    list(workload, "spec", "template", "spec", "volumes")
        .forEach(each -> volumes.add(each.get("name")));
    list(workload, "spec", "volumeClaimTemplates")
        .forEach(each -> volumes.add(at(each, "metadata", "name")));
    for (Map<String, Object> mount :
        list(workload, "spec", "template", "spec", "containers", 0, "volumeMounts")) {
      assertThat(volumes).contains(mount.get("name"));
    }
  }

  /** The Pod Security Standard "restricted". */
  private static void assertRestricted(Object pod) {
    assertThat(at(pod, "securityContext", "runAsNonRoot")).isEqualTo(true);
    assertThat(at(pod, "securityContext", "seccompProfile", "type")).isEqualTo("RuntimeDefault");
    assertThat(at(pod, "automountServiceAccountToken")).isEqualTo(false);
    assertThat(at(pod, "enableServiceLinks")).isEqualTo(false);
    for (Map<String, Object> container : list(pod, "containers")) {
      Object security = container.get("securityContext");
      assertThat(at(security, "allowPrivilegeEscalation")).isEqualTo(false);
      assertThat(at(security, "readOnlyRootFilesystem")).isEqualTo(true);
      assertThat(at(security, "capabilities", "drop")).isEqualTo(List.of("ALL"));
      assertThat(at(container, "resources", "limits", "memory")).isNotNull();
    }
  }

  /** What the gateway is given, the gateway takes. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("values")
  void the_gateway_reads_its_settings_and_rules(String helm, String values) throws Exception {
    Manifests all = Manifests.parse(render(helm, "-f", values));
    Map<String, String> environment = new HashMap<>();
    for (Map<String, Object> variable :
        list(all.one("Deployment"), "spec", "template", "spec", "containers", 0, "env")) {
      Object value = variable.get("value");
      environment.put(
          (String) variable.get("name"), value == null ? standIn(variable) : value.toString());
    }
    String settings =
        (String) at(all.byName().get("ConfigMap shop-apitwo-settings"), "data", "apitwo.yaml");
    SettingsDocument.parse("apitwo.yaml", settings, environment);
    Object rules = at(all.byName().get("ConfigMap shop-apitwo-rules"), "data", "rules.yaml");
    if (rules != null) {
      RulesDocument.parse("rules.yaml", (String) rules, name -> null);
    }
  }

  private static String standIn(Map<String, Object> variable) {
    return variable.get("name").equals("APITWO_CLUSTER_HOST")
        ? "10.1.2.3"
        : "a-secret-from-elsewhere";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gateway.replicaCount=many | /gateway/replicaCount",
        "gateway.replicas=3 | replicas",
        "gateway.service.typ=NodePort | typ",
        "gateway.rules.reload=sometimes | /gateway/rules/reload",
        "gateway.admin.token=short | /gateway/admin/token",
        "redis.enabled=false | externalRedis.host: empty",
        "externalRedis.host=a | redis.enabled=true",
        "gateway.ingress.enabled=true | gateway.ingress.hosts: empty",
        "gateway.resources.requests.cpu=null | gateway.resources.requests.cpu: missing",
        "gateway.autoscaling.minReplicas=50 | gateway.autoscaling.minReplicas: 50",
        "gateway.autoscaling.targetCPUUtilizationPercentage=null | gateway.autoscaling: no metric",
        "gateway.settings.store.type=redis | gateway.settings.store: set by the chart",
        "gateway.settings.dataDir=x | gateway.extraEnv with APITWO_DATA_DIR",
      })
  void what_is_wrong_is_refused_with_the_keys_name(String set, String named) throws Exception {
    for (String helm : List.of("helm3/helm", "helm4/helm")) {
      Tool.Result refused = Tool.fetched(helm).run("template", "shop", CHART, "--set", set);
      assertThat(refused.exit()).isNotZero();
      String word = named.substring(named.lastIndexOf('/') + 1);
      assertThat(refused.out()).contains(word);
    }
  }

  @Test
  void an_ingress_leads_to_the_port_of_the_traffic_and_is_there_only_when_wanted()
      throws Exception {
    assertThat(render("helm3/helm")).doesNotContain("kind: Ingress");
    Manifests all = Manifests.parse(render("helm3/helm", "-f", CHART + "/ci/external-values.yaml"));
    Map<String, Object> ingress = all.one("Ingress");
    Object backend = at(ingress, "spec", "rules", 1, "http", "paths", 0, "backend", "service");
    Map<String, Object> service = all.byName().get("Service " + at(backend, "name"));
    assertThat(at(service, "spec", "ports", 0, "name")).isEqualTo(at(backend, "port", "name"));
    assertThat(at(service, "spec", "ports", 0, "targetPort")).isEqualTo("http");
  }

  @Test
  void a_change_of_the_rules_replaces_pods_only_when_it_should() throws Exception {
    String key = "gateway.rules.content.limits.default.windows.minute=7";
    for (String reload : List.of("watch", "rollout")) {
      String mode = "gateway.rules.reload=" + reload;
      Object before = template(render("helm3/helm", "--set", mode));
      Object after = template(render("helm3/helm", "--set", mode, "--set", key));
      assertThat(before.equals(after)).isEqualTo(reload.equals("watch"));
    }
    String rollout = render("helm3/helm", "--set", "gateway.rules.reload=rollout");
    assertThat(
            (String)
                at(
                    Manifests.parse(rollout).byName().get("ConfigMap shop-apitwo-rules"),
                    "data",
                    "rules.yaml"))
        .contains("generation: 1");
  }

  @Test
  void the_notes_say_where_a_rollback_brings_no_older_rules_back() throws Exception {
    assertThat(notes("gateway.rules.reload=watch")).doesNotContain("helm rollback");
    assertThat(notes("gateway.rules.reload=rollout")).contains("helm rollback brings no older");
    assertThat(notes("gateway.rules.generation=3")).contains("helm rollback brings no older");
  }

  private static String notes(String set) throws Exception {
    String said =
        Tool.fetched("helm4/helm")
            .run("install", "shop", CHART, "--dry-run=client", "--set", set)
            .succeeded();
    return said.substring(said.indexOf("\nNOTES:"));
  }

  @Test
  void logs_stay_json_beside_other_settings() throws Exception {
    String rendered = render("helm3/helm", "--set", "gateway.settings.accessLog=json");
    assertThat(
            (String)
                at(
                    Manifests.parse(rendered).byName().get("ConfigMap shop-apitwo-settings"),
                    "data",
                    "apitwo.yaml"))
        .contains("accessLog: json", "format: json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway.admin.token", "cluster.secret"})
  void a_change_of_a_given_secret_replaces_pods(String key) throws Exception {
    Object one = template(render("helm3/helm", "--set", key + "=one-of-16-characters"));
    Object other = template(render("helm3/helm", "--set", key + "=other-of-16-characters"));
    Object again = template(render("helm3/helm", "--set", key + "=one-of-16-characters"));
    assertThat(other).isNotEqualTo(one);
    assertThat(again).isEqualTo(one);
  }

  @Test
  void a_network_policy_that_is_narrowed_lets_the_pod_of_the_test_in() throws Exception {
    Manifests all = Manifests.parse(render("helm3/helm", "-f", CHART + "/ci/external-values.yaml"));
    Object labels = at(all.byName().get("Pod shop-apitwo-answers"), "metadata", "labels");
    Map<String, Object> policy = all.byName().get("NetworkPolicy shop-apitwo");
    List<Map<String, Object>> admin =
        list(policy, "spec", "ingress").stream()
            .filter(rule -> "admin".equals(at(rule, "ports", 0, "port")))
            .findFirst()
            .map(rule -> list(rule, "from"))
            .orElseThrow();
    assertThat(admin).anyMatch(peer -> peer.containsKey("namespaceSelector"));
    assertThat(admin)
        .map(peer -> at(peer, "podSelector", "matchLabels"))
        .anyMatch(
            wanted ->
                wanted instanceof Map<?, ?> some
                    && ((Map<?, ?>) labels).entrySet().containsAll(some.entrySet()));
  }

  private static Object template(String rendered) {
    return at(Manifests.parse(rendered).one("Deployment"), "spec", "template");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"gateway", "redis", "externalRedis", "cluster", "metrics", "serviceAccount"})
  void the_list_of_values_knows_every_group(String group) throws IOException {
    assertThat(Files.readString(Path.of(CHART, "README.md"))).contains("`" + group + ".");
  }
}
