package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Below these versions the gateway is open to known attacks; CONTRIBUTING.md says to which. */
class DependencyFloorsTest {
  private static final Pattern JAR =
      Pattern.compile("(.+?)-(\\d+(?:\\.\\d+)+)(?:\\.Final)?(?:-(?:linux|osx|windows)-.+)?\\.jar");

  /** A library by its jar's name, such as {@code netty-common-4.2.18.Final.jar}. */
  private record Library(String name, String version) {
    static Library of(String jar) {
      Matcher parts = JAR.matcher(jar);
      assertThat(parts.matches()).as("%s is NAME-VERSION.jar", jar).isTrue();
      return new Library(parts.group(1), parts.group(2));
    }

    boolean isAtLeast(String floor) {
      return Arrays.compare(numbers(version), numbers(floor)) >= 0;
    }

    private static int[] numbers(String version) {
      return Arrays.stream(version.split("\\.")).mapToInt(Integer::parseInt).toArray();
    }
  }

  private static List<Library> libraries(String start) {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Stream.of(path.split(File.pathSeparator))
        .map(entry -> Path.of(entry).getFileName().toString())
        .filter(name -> name.matches(Pattern.quote(start) + ".*\\.jar"))
        .map(Library::of)
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "a-5.0.12.jar, 5.0.12, true",
    "a-5.1.0.jar, 5.0.12, true",
    "a-5.0.9.jar, 5.0.12, false",
    "a-5.0.jar, 5.0.12, false",
    "a-b-4.2.18.Final.jar, 4.2.18, true",
    "a-b-4.10.0.Final-linux-x86_64.jar, 4.2.18, true",
  })
  void versions_are_compared_number_by_number(String jar, String floor, boolean isAtLeast) {
    assertThat(Library.of(jar).isAtLeast(floor)).isEqualTo(isAtLeast);
  }

  @Test
  void every_netty_jar_is_at_its_floor_or_above() {
    assertThat(libraries("netty-"))
        .hasSizeGreaterThan(10)
        .allSatisfy(jar -> assertThat(jar.isAtLeast("4.2.18")).as("%s", jar).isTrue());
  }

  @ParameterizedTest
  @CsvSource({
    "vertx-core, 5.0.12",
    "vertx-web, 5.0.7",
    "vertx-auth-jwt, 5.0.7",
    "vertx-auth-common, 5.0.7",
    "vertx-redis-client, 5.0.10",
    "vertx-hazelcast, 5.0.7",
    "hazelcast, 5.3.8",
    "logback-classic, 1.5.38",
    "jackson-core, 2.18.2",
    "snakeyaml-engine, 2.10"
  })
  void libraries_are_at_their_floors_or_above(String name, String floor) {
    assertThat(libraries(name + "-").stream().filter(jar -> jar.name().equals(name)))
        .singleElement()
        .satisfies(jar -> assertThat(jar.isAtLeast(floor)).as("%s", jar).isTrue());
  }
}
