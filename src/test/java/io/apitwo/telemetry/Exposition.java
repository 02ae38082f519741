package io.apitwo.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A scrape in the Prometheus text format 0.0.4, read strictly: each family has one HELP and one
 * TYPE line before its samples, and no series comes twice.
 */
public final class Exposition {
  private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
  private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"";
  private static final Pattern HELP = Pattern.compile("# HELP (" + NAME + ") .*");
  private static final Pattern TYPE =
      Pattern.compile("# TYPE (" + NAME + ") (counter|gauge|histogram|summary|untyped)");
  private static final Pattern SAMPLE =
      Pattern.compile("(" + NAME + ")((?:\\{" + LABEL + "(?:," + LABEL + ")*})?) (\\S+)");

  private final Map<String, Double> series = new LinkedHashMap<>();
  private final Map<String, String> types = new HashMap<>();

  private Exposition() {}

  public static Exposition parse(String text) {
    assertThat(text).endsWith("\n");
    Exposition parsed = new Exposition();
    Set<String> helped = new TreeSet<>();
    for (String line : text.lines().toList()) {
      Matcher help = HELP.matcher(line);
      Matcher type = TYPE.matcher(line);
      Matcher sample = SAMPLE.matcher(line);
      if (help.matches()) {
        assertThat(helped.add(help.group(1))).as("the only %s", line).isTrue();
      } else if (type.matches()) {
        assertThat(parsed.types.put(type.group(1), type.group(2))).as(line).isNull();
      } else {
        assertThat(sample.matches()).as(line).isTrue();
        parsed.add(sample.group(1), sample.group(2), sample.group(3));
      }
    }
    assertThat(parsed.types.keySet()).isEqualTo(helped);
    return parsed;
  }

  private void add(String name, String labels, String value) {
    String family = name.replaceFirst("_(bucket|sum|count)$", "");
    assertThat(types.containsKey(name) || types.containsKey(family))
        .as("a type of " + name)
        .isTrue();
    String unique = name + labels;
    assertThat(series.put(unique, number(value))).as("the only %s", unique).isNull();
  }

  private static Double number(String value) {
    return switch (value) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.valueOf(value);
    };
  }

  /** The value of a series as it is written, labels in alphabetical order. */
  public double value(String unique) {
    assertThat(series).containsKey(unique);
    return series.get(unique);
  }

  /** All series, as they are written. */
  public Set<String> series() {
    return series.keySet();
  }

  /** What a family is: {@code counter}, {@code gauge}, {@code histogram} or {@code summary}. */
  public String type(String family) {
    return types.getOrDefault(family, "none");
  }
}
