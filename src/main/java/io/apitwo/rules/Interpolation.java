package io.apitwo.rules;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Fills {@code ${VAR}} and {@code ${file:PATH}} into strings, so that secrets need not stand in documents;
 * {@code $${} is a literal <code>${</code>.
 */
final class Interpolation {
  private static final Pattern REFERENCE = Pattern.compile("\\$?\\$\\{([^}]*)}");

  private final Function<String, @Nullable String> environment;
  private final Problems problems;

  Interpolation(Function<String, @Nullable String> environment, Problems problems) {
    this.environment = environment;
    this.problems = problems;
  }

  /** The text with its references filled in; null, with a problem noted, when one leads nowhere. */
  @Nullable String fill(Element.Scalar scalar) {
    if (scalar.text().indexOf("${") < 0) {
      return scalar.text();
    }
    StringBuilder filled = new StringBuilder();
    Matcher reference = REFERENCE.matcher(scalar.text());
    while (reference.find()) {
      String value =
          reference.group().startsWith("$$")
              ? reference.group().substring(1)
              : look(scalar, reference.group(1));
      if (value == null) {
        return null;
      }
      reference.appendReplacement(filled, Matcher.quoteReplacement(value));
    }
    return reference.appendTail(filled).toString();
  }

  private @Nullable String look(Element.Scalar scalar, String name) {
    if (name.startsWith("file:")) {
      try {
        String text = Files.readString(Path.of(name.substring("file:".length())));
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
      } catch (IOException | java.nio.file.InvalidPathException e) {
        problems.add(scalar.place(), scalar.text(), "a file that can be read");
        return null;
      }
    }
    String value = environment.apply(name);
    if (value == null) {
      problems.add(scalar.place(), scalar.text(), "an environment variable that is set");
    }
    return value;
  }
}
