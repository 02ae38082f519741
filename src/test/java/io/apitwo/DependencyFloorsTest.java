package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Below these versions the gateway is open to known attacks; CONTRIBUTING.md says to which. */
class DependencyFloorsTest {
  private static final Pattern JAR =
      Pattern.compile("(.+?)-(\\d+(?:\\.\\d+)+)(?:\\.Final)?(?:-.*)?\\.jar");

  private static List<String[]> jars() {
    List<String[]> jars = new ArrayList<>();
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    for (String entry : path.split(File.pathSeparator)) {
      Matcher jar = JAR.matcher(Path.of(entry).getFileName().toString());
      if (jar.matches()) {
        jars.add(new String[] {jar.group(1), jar.group(2)});
      }
    }
    return jars;
  }

  private static int compare(String one, String two) {
    return Runtime.Version.parse(one).compareTo(Runtime.Version.parse(two));
  }

  @Test
  void every_netty_jar_is_at_its_floor_or_above() {
    List<String[]> netty = jars().stream().filter(jar -> jar[0].startsWith("netty-")).toList();
    assertThat(netty).hasSizeGreaterThan(10);
    assertThat(netty)
        .allSatisfy(
            jar -> assertThat(compare(jar[1], "4.2.18")).as(jar[0] + " " + jar[1]).isNotNegative());
  }

  @ParameterizedTest
  @CsvSource({
    "vertx-core, 5.0.12",
    "vertx-web, 5.0.7",
    "vertx-redis-client, 5.0.10",
    "vertx-hazelcast, 5.0.7",
    "hazelcast, 5.3.8",
    "logback-classic, 1.5.38",
    "jackson-core, 2.18.2"
  })
  void libraries_are_at_their_floors_or_above(String name, String floor) {
    assertThat(jars().stream().filter(jar -> jar[0].equals(name)))
        .singleElement()
        .satisfies(jar -> assertThat(compare(jar[1], floor)).isNotNegative());
  }
}
