package io.apitwo.rules;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Puts secrets into texts: {@code ${VAR}} becomes the environment variable, {@code ${file:PATH}}
 * the file's content without one newline at its end, and {@code $${} a plain {@code ${}. What is
 * put in is not looked at again.
 *
 * @param environment a variable's value, or null
 * @param withheld the names of variables that are refused
 */
record Placeholders(Function<String, @Nullable String> environment, Predicate<String> withheld) {
  private static final int MOST_FILE_BYTES = 1 << 16;
  private static final String FILE = "file:";
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  /** What settings are given by, secrets too: who may push rules must not send them elsewhere. */
  private static final Predicate<String> SETTINGS =
      name -> name.startsWith("APITWO_") || name.equals("REDIS_URL");

  Placeholders(Function<String, @Nullable String> environment) {
    this(environment, name -> false);
  }

  /** Those of rules, in which the variables of the gateway's settings are refused. */
  static Placeholders ofRules(Function<String, @Nullable String> environment) {
    return new Placeholders(environment, SETTINGS);
  }

  /** A placeholder that stands for nothing. The message is what was expected. */
  static final class Unresolved extends Exception {
    private static final long serialVersionUID = 1L;

    Unresolved(String expected) {
      super(expected, null, false, false);
    }
  }

  String fill(String text) throws Unresolved {
    StringBuilder filled = new StringBuilder();
    int done = 0;
    for (int at = text.indexOf("${"); at >= 0; at = text.indexOf("${", done)) {
      if (at > done && text.charAt(at - 1) == '$') {
        filled.append(text, done, at - 1).append("${");
        done = at + 2;
        continue;
      }
      int end = text.indexOf('}', at);
      if (end < 0) {
        throw new Unresolved(
            "${VAR} or ${file:PATH} with its closing brace, or $${ for a plain ${");
      }
      filled.append(text, done, at).append(value(text.substring(at + 2, end)));
      done = end + 1;
    }
    return filled.append(text, done, text.length()).toString();
  }

  private String value(String name) throws Unresolved {
    if (name.startsWith(FILE)) {
      return content(name.substring(FILE.length()));
    }
    if (!VARIABLE.matcher(name).matches()) {
      throw new Unresolved("${VAR} or ${file:PATH}, or $${ for a plain ${");
    }
    if (withheld.test(name)) {
      throw new Unresolved("a variable that is not the gateway's own: " + Excerpt.of(name));
    }
    String value = environment.apply(name);
    if (value == null) {
      throw new Unresolved("a variable that is set: " + Excerpt.of(name));
    }
    return value;
  }

  private static String content(String file) throws Unresolved {
    try {
      Path path = Path.of(file);
      if (Files.isRegularFile(path) && Files.size(path) <= MOST_FILE_BYTES) {
        String content = Files.readString(path);
        int end = content.endsWith("\r\n") ? 2 : content.endsWith("\n") ? 1 : 0;
        return content.substring(0, content.length() - end);
      }
    } catch (IOException | InvalidPathException e) {
      // as for any other file that cannot be used
    }
    throw new Unresolved(
        "a readable UTF-8 file of at most " + MOST_FILE_BYTES + " bytes: " + Excerpt.of(file));
  }
}
