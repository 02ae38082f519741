package io.apitwo;

import io.apitwo.identify.ClientAddress;
import io.apitwo.identify.Identifier;
import io.apitwo.proxy.Explainer;
import io.apitwo.rules.Cidr;
import io.apitwo.rules.DocumentFile;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.Rules;
import io.apitwo.rules.RulesDocument;
import io.apitwo.rules.Sample;
import io.apitwo.rules.SampleDocument;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code explain}: says what rules would do with a request, without a gateway. */
@Command(
    name = "explain",
    mixinStandardHelpOptions = true,
    description = "Says what rules would do with a request, and why; nothing is sent or counted.",
    footer = {
      "",
      "A request is JSON or YAML:",
      "  {\"method\": \"GET\", \"url\": \"https://api.example.com/v1/x?q=1\",",
      "   \"address\": \"203.0.113.9\", \"headers\": {\"X-Team\": \"blue\"}, \"body\": \"...\",",
      "   \"claims\": {\"sub\": \"alice\"}, \"consumer\": \"acme\"}",
      "Only url is needed. Claims and consumer stand for a token and an API key that were verified.",
      "",
      "Exit: 0 explained, 1 rules or request refused, 2 wrong use.",
    })
final class ExplainCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--rules", paramLabel = "FILE", required = true, description = "The rules file.")
  private @Nullable Path rules;

  @Option(
      names = "--request",
      paramLabel = "FILE|TEXT",
      required = true,
      description = "The request: a file, or the text itself if it starts with {.")
  private @Nullable String request;

  @Option(
      names = "--trusted",
      paramLabel = "BLOCK",
      description = "A trusted proxy, as in proxy.trustedProxies; may be repeated.")
  private List<String> trusted = new ArrayList<>();

  @Option(names = "--json", description = "For scripts: one JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    if (spec == null || rules == null || request == null) {
      throw new IllegalStateException("not called by the command line");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try {
      Rules compiled = RulesDocument.parse(rules.toString(), text(rules), System::getenv);
      boolean inline = request.startsWith("{");
      Sample sample =
          inline
              ? SampleDocument.parse("request", request)
              : SampleDocument.parse(request, text(Path.of(request)));
      JsonObject explained = explain(compiled, sample);
      out.println(json ? explained.encodePrettily() : written(explained));
      return 0;
    } catch (InvalidDocumentException e) {
      e.problems().forEach(err::println);
    } catch (IOException e) {
      err.println(e.getMessage());
    }
    return 1;
  }

  private static String text(Path file) throws IOException {
    try {
      return DocumentFile.read(file);
    } catch (IOException e) {
      throw new IOException(file + ": cannot be read (expected: a readable UTF-8 file)", e);
    }
  }

  private JsonObject explain(Rules compiled, Sample sample) throws IOException {
    List<Cidr> blocks = new ArrayList<>();
    for (String text : trusted) {
      Cidr block = Cidr.parse(text);
      if (block == null) {
        throw new IOException("--trusted: " + text + " (expected: a block such as 10.0.0.0/8)");
      }
      blocks.add(block);
    }
    return new Explainer(
            new ClientAddress(blocks), Identifier.NONE, charge -> Future.succeededFuture(null))
        .explain(compiled, sample)
        .result();
  }

  /** One line for each thing, names first. */
  private static String written(JsonObject explained) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, Object> each : explained) {
      if (!(each.getValue() instanceof JsonArray) && each.getValue() != null) {
        text.append("%-9s %s%n".formatted(each.getKey(), each.getValue()));
      }
    }
    for (Object limit : explained.getJsonArray("limits", new JsonArray())) {
      text.append(limit((JsonObject) limit));
    }
    return text.toString().stripTrailing();
  }

  private static String limit(JsonObject limit) {
    List<String> buckets = new ArrayList<>();
    for (Object each : limit.getJsonArray("buckets")) {
      JsonObject bucket = (JsonObject) each;
      buckets.add(bucket.getString("bucket") + " " + bucket.getLong("quota"));
    }
    return "limit     %s (%s%s) client %s: %s%n"
        .formatted(
            limit.getString("limit"),
            limit.getString("algorithm"),
            limit.getBoolean("shadow") ? ", shadow" : "",
            limit.getString("client"),
            String.join(", ", buckets));
  }
}
