package io.apitwo;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of CONTRIBUTING.md: which package sees which. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.apitwo");

  private static final Map<String, Set<String>> SEES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry(
                  "proxy", Set.of("rules", "identify", "limit", "decide", "upstream", "telemetry")),
              Map.entry("identify", Set.of("rules", "limit", "telemetry")),
              Map.entry("limit", Set.of()),
              Map.entry("decide", Set.of("rules", "limit", "count", "bus", "telemetry")),
              Map.entry("count", Set.of("limit", "telemetry")),
              Map.entry("upstream", Set.of("rules", "telemetry")),
              Map.entry("rules", Set.of("limit")),
              Map.entry("config", Set.of("rules", "bus", "telemetry")),
              Map.entry("admin", Set.of("rules", "config", "limit", "bus", "telemetry")),
              Map.entry("cli", Set.of("rules")),
              Map.entry("telemetry", Set.of("limit")),
              Map.entry("bus", Set.of("limit"))));

  private static boolean isOurs(JavaClass type) {
    return type.getPackageName().equals("io.apitwo")
        || type.getPackageName().startsWith("io.apitwo.");
  }

  private static String room(JavaClass type) {
    return type.getPackageName().replaceFirst("^io\\.apitwo\\.?", "");
  }

  static Set<String> rooms() {
    return SEES.keySet();
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void a_package_sees_only_what_the_table_says(String room) {
    classes()
        .that()
        .resideInAPackage("io.apitwo." + room)
        .should()
        .onlyDependOnClassesThat(
            describe(
                "are in " + SEES.get(room),
                type ->
                    !isOurs(type)
                        || room(type).equals(room)
                        || SEES.get(room).contains(room(type))))
        .check(CLASSES);
  }

  @Test
  void the_table_knows_every_package_and_each_says_its_question() {
    for (JavaClass type : CLASSES) {
      assertThat(room(type)).isIn(withRoot());
    }
    for (String room : withRoot()) {
      assertThat(Path.of("src/main/java/io/apitwo", room, "package-info.java"))
          .satisfies(
              file -> assertThat(Files.readString(file)).contains("?").contains("@NullMarked"));
    }
  }

  private static Set<String> withRoot() {
    Set<String> rooms = new java.util.TreeSet<>(SEES.keySet());
    rooms.add("");
    return rooms;
  }

  @Test
  void there_are_no_circles() {
    slices().matching("io.apitwo.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void limit_knows_the_jdk_alone() {
    classes()
        .that()
        .resideInAPackage("io.apitwo.limit")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "io.apitwo.limit", "org.jspecify..")
        .check(CLASSES);
  }

  @Test
  void the_engine_imports_no_vertx() {
    noClasses()
        .that()
        .resideInAPackage("io.apitwo.decide")
        .and()
        .haveNameNotMatching(
            "io\\.apitwo\\.decide\\.(Decider|LimiterVerticle|LocalShare|LoopDecider|StoreCalls)(\\$.*)?")
        .or()
        .haveNameMatching("io\\.apitwo\\.count\\.(Tally|TallyTable|TalliedCharge)(\\$.*)?")
        .or()
        .haveNameMatching(
            "io\\.apitwo\\.count\\.Redis(Batch|Bytes|Clock|Form|Keys|Outages|Permits|Redirect|Script|Shapes|StoreOptions)"
                + "(\\$.*)?")
        .or()
        .resideInAnyPackage("io.apitwo.limit", "io.apitwo.rules")
        .or()
        .haveNameMatching("io\\.apitwo\\.identify\\.(?!Jwks|TokenSignatures|TokenIdentity).*")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.vertx..")
        .check(CLASSES);
  }

  @Test
  void micrometer_is_known_to_telemetry_alone() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.apitwo", "io.apitwo.telemetry")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.micrometer..", "io.vertx.micrometer..", "io.prometheus..")
        .check(CLASSES);
  }

  @Test
  void the_redis_client_is_known_to_the_redis_stores_classes_alone() {
    noClasses()
        .that(
            describe(
                "are not of the Redis store",
                type ->
                    !(room(type).equals("count")
                        && type.getName().startsWith("io.apitwo.count.Redis"))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.vertx.redis..")
        .check(CLASSES);
  }

  @Test
  void hazelcast_is_known_to_the_cluster_s_classes_alone() {
    noClasses()
        .that(
            describe(
                "are not of the cluster",
                type -> !type.getName().startsWith("io.apitwo.config.Hazelcast")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.hazelcast..", "io.vertx.spi.cluster..")
        .check(CLASSES);
  }
}
