package io.apitwo.cli;

import io.apitwo.rules.ApiKeyHash;
import io.apitwo.rules.ApiKeyText;
import io.apitwo.rules.Identity.ApiKey;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code key new}: makes an API key. It is shown this once; what is kept of it is its hash. */
@Command(
    name = "key",
    mixinStandardHelpOptions = true,
    description = "Makes API keys.",
    subcommands = KeyCommand.New.class)
public final class KeyCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("not called by the command line");
    }
    throw new ParameterException(
        spec.commandLine(), "no command for keys (expected: apitwo key new)");
  }

  /** Prints a key, what to write into the rules for it, and what into Redis instead. */
  @Command(
      name = "new",
      mixinStandardHelpOptions = true,
      description = "Prints a new API key, this once, and what to put into the rules or Redis.")
  static final class New implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;

    @Option(
        names = "--consumer",
        paramLabel = "NAME",
        description = "Whose key it is. Default: the key's own id.")
    private @Nullable String consumer;

    @Option(names = "--plan", paramLabel = "NAME", description = "Default: the plan that fits.")
    private @Nullable String plan;

    @Option(
        names = "--expires",
        paramLabel = "INSTANT",
        description = "Such as 2030-01-31T00:00:00Z. Default: never.")
    private @Nullable String expires;

    @Override
    public Integer call() {
      if (spec == null) {
        throw new IllegalStateException("not called by the command line");
      }
      SecureRandom random = new SecureRandom();
      ApiKeyText key = ApiKeyText.random(random);
      Map<String, String> fields = new LinkedHashMap<>();
      fields.put("hash", ApiKeyHash.of(key, random).toString());
      put(fields, key.id(), "consumer", consumer == null ? key.id() : consumer, "a name");
      put(fields, key.id(), "plan", plan, "a name");
      put(fields, key.id(), "expires", expires, "an instant such as 2030-01-31T00:00:00Z");
      PrintWriter out = spec.commandLine().getOut();
      out.println("key    " + key.text());
      out.println(
          "rules  - { "
              + joined(fields, ": ", ", ").replaceFirst("hash: (\\S+),", "hash: \"$1\",")
              + " }");
      out.println("redis  redis-cli HSET apitwo:keys:" + key.id() + " " + joined(fields, " ", " "));
      return 0;
    }

    private void put(
        Map<String, String> fields, String id, String name, @Nullable String value, String what) {
      if (value == null) {
        return;
      }
      fields.put(name, value);
      if (spec != null && ApiKey.of(id, fields) == null) {
        throw new ParameterException(
            spec.commandLine(), "--" + name + ": " + value + " (expected: " + what + ")");
      }
    }

    private static String joined(Map<String, String> fields, String is, String and) {
      return fields.entrySet().stream()
          .map(field -> field.getKey() + is + field.getValue())
          .collect(Collectors.joining(and));
    }
  }
}
