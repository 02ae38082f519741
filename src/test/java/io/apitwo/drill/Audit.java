package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.limit.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The books after a drill: what was asked and answered, what arrived at the upstream and what Redis
 * counted, for some clients of one limit.
 *
 * @param arrived requests that reached the upstream
 * @param unmarked requests that reached it without having been counted
 * @param overshoot how many of them were beyond a window's quota
 * @param counted what Redis holds for the longest window, as far as it is open
 * @param beyond how much any count of Redis is beyond its window's quota, in all
 * @param fill the least share of a quota that arrived in a window that saw twice the quota in
 *     demand; 1 when there was none
 * @param commands of Redis for each request, those inside scripts included
 */
record Audit(
    String name,
    Answers answers,
    long arrived,
    long unmarked,
    long overshoot,
    long counted,
    long beyond,
    double fill,
    double commands,
    List<String> faults,
    List<String> immortal) {
  private static final Path REPORT = Path.of("target", "drills.txt");

  /**
   * Draws up the books and writes them as one line to standard output and to {@code
   * target/drills.txt}.
   *
   * @param commandsBefore what {@link Ledger#commands} said before the drill
   */
  static Audit of(
      String name,
      Cluster cluster,
      DrillLimit limit,
      List<String> clients,
      Answers answers,
      long commandsBefore)
      throws IOException {
    long commands = cluster.ledger.commands() - commandsBefore;
    Books books = new Books();
    for (String client : clients) {
      books.add(cluster, limit, client, answers);
    }
    Audit audit =
        new Audit(
            name,
            answers,
            books.arrived,
            books.unmarked,
            books.overshoot,
            books.counted,
            books.beyond,
            books.fill,
            (double) commands / Math.max(1, answers.all().size()),
            cluster.upstream.faults(),
            cluster.ledger.immortal());
    write(audit.line());
    return audit;
  }

  private static final class Books {
    long arrived;
    long unmarked;
    long overshoot;
    long counted;
    long beyond;
    double fill = 1;

    void add(Cluster cluster, DrillLimit limit, String client, Answers answers) throws IOException {
      Answers own = answers.of(client);
      unmarked += cluster.upstream.unmarked(client);
      for (Map.Entry<Window, Long> quota : limit.quotas().entrySet()) {
        Map<Long, Integer> arrivals =
            cluster.upstream.arrivals(client, limit.name(), quota.getKey());
        arrivals.values().forEach(n -> overshoot += Math.max(0, n - quota.getValue()));
        if (quota.getKey() == limit.shortest()) {
          arrivals.forEach((number, n) -> fill(limit, own.demand(limit.shortest(), number), n));
          arrivals.values().forEach(n -> arrived += n);
        }
      }
      for (Ledger.Count count : cluster.ledger.counts(limit.name(), client)) {
        long quota = limit.quotas().getOrDefault(count.window(), Long.MAX_VALUE);
        beyond += Math.max(0, count.used() - quota);
        counted += count.window() == limit.quotas().lastKey() ? count.used() : 0;
      }
    }

    private void fill(DrillLimit limit, int demand, int arrivals) {
      if (demand >= 2 * limit.quota()) {
        fill = Math.min(fill, (double) arrivals / limit.quota());
      }
    }
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "drill %-74s passed=%d refused=%d unavailable=%d failed=%d arrived=%d overshoot=%d"
            + " counted=%d fill=%.3f redis/request=%.3f",
        name,
        answers.passed(),
        answers.refused(),
        answers.unavailable(),
        answers.failed(),
        arrived,
        overshoot,
        counted,
        fill,
        commands);
  }

  /** For figures that only one drill has. */
  static void note(String line) throws IOException {
    write("drill   " + line);
  }

  private static synchronized void write(String line) throws IOException {
    System.out.println(line);
    Files.writeString(REPORT, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** What holds after every drill, whatever was broken in it. */
  Audit nothingBeyondTheLimit() {
    assertThat(overshoot).as("overshoot").isZero();
    assertThat(beyond).as("counts beyond their quotas").isZero();
    assertThat(unmarked).as("passed without being counted").isZero();
    assertThat(faults).as("decisions of windows that were over").isEmpty();
    assertThat(immortal).as("keys without an expiry").isEmpty();
    assertThat(answers.odd()).as("odd answers").isZero();
    assertThat(arrived).as("arrivals").isGreaterThanOrEqualTo(answers.passed());
    return this;
  }

  /** What holds besides where nothing fails. */
  Audit everythingAnswered() {
    assertThat(answers.unavailable()).as("answers 503").isZero();
    assertThat(answers.failed()).as("requests without an answer").isZero();
    assertThat(arrived).as("arrivals").isEqualTo(answers.passed());
    return this;
  }

  /** Where demand was high, the quota was used. */
  Audit fullUse() {
    assertThat(fill).as("least use of a quota that was in demand").isGreaterThanOrEqualTo(0.99);
    return this;
  }
}
