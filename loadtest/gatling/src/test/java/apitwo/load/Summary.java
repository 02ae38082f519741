package apitwo.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One row for each simulation, from what Gatling wrote to its log and what was claimed. */
final class Summary {
  private static final String HEAD =
      """
      | simulation | requests | p50 ms | p95 ms | p99 ms | requests/s | failed | holds | what |
      |---|--:|--:|--:|--:|--:|--:|---|---|
      """;
  private static final List<String> MEASURES =
      List.of(
          "request count",
          "response time 50th percentile (ms)",
          "response time 95th percentile (ms)",
          "response time 99th percentile (ms)",
          "mean throughput (rps)");
  private static final Pattern ASSERTION =
      Pattern.compile("^(\\S.*) : (true|false) \\(actual : (.*)\\)$", Pattern.MULTILINE);

  /** Gatling's list of what failed, which is written only where something did. */
  private static final Pattern ERRORS =
      Pattern.compile("^---- Errors -+\\R(.*?)^====", Pattern.MULTILINE | Pattern.DOTALL);

  private record Fact(boolean holds, String what) {
    @Override
    public String toString() {
      return holds ? what : "**not: " + what + "**";
    }
  }

  private final StringBuilder rows = new StringBuilder(HEAD);
  private boolean good = true;

  /** Adds a simulation that has ended: all that it asserts is known now. */
  void add(String simulation, String log) throws IOException {
    var facts = claims(simulation);
    ASSERTION.matcher(log).results().map(Summary::assertion).forEach(facts::add);
    boolean holds = !facts.isEmpty() && facts.stream().allMatch(Fact::holds);
    errors(log).map(what -> new Fact(true, "failed: " + what)).forEach(facts::add);
    good &= holds;
    var cells = new ArrayList<String>();
    cells.add(simulation);
    MEASURES.forEach(measure -> cells.add(measured(log, measure, 1)));
    cells.add(measured(log, MEASURES.get(0), 3).replace("-", "0"));
    cells.add(holds ? "yes" : "**no**");
    cells.add(facts.isEmpty() ? "see target/gatling.log" : joined(facts));
    rows.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  /** Whether everything held. */
  boolean isGood() {
    return good;
  }

  private static List<Fact> claims(String simulation) throws IOException {
    var file = Path.of("target", "claims");
    var lines = Files.exists(file) ? Files.readAllLines(file) : List.<String>of();
    return lines.stream()
        .map(line -> line.split("\t"))
        .filter(parts -> parts[0].equals(simulation))
        .map(parts -> new Fact(parts[1].equals("ok"), parts[2]))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private static Fact assertion(MatchResult line) {
    return new Fact(line.group(2).equals("true"), line.group(1) + " (" + line.group(3) + ")");
  }

  /** From Gatling's last table, which is that of the whole run: 1 is the total, 3 what failed. */
  private static String measured(String log, String name, int column) {
    return Pattern.compile("^> " + Pattern.quote(name) + " *\\|(.*)$", Pattern.MULTILINE)
        .matcher(log)
        .results()
        .reduce((former, latter) -> latter)
        .map(row -> row.group(1).split("\\|")[column - 1].trim())
        .orElse("?");
  }

  private static Stream<String> errors(String log) {
    return ERRORS.matcher(log).results().reduce((former, latter) -> latter).stream()
        .flatMap(list -> list.group(1).lines())
        .map(line -> line.replaceFirst("^> ", "").replaceAll(" +", " "));
  }

  private static String joined(List<Fact> facts) {
    return facts.stream().map(Fact::toString).collect(Collectors.joining("; "));
  }

  @Override
  public String toString() {
    return rows.toString();
  }
}
