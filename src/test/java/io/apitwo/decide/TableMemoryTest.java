package io.apitwo.decide;

import static io.apitwo.decide.Grants.charge;
import static io.apitwo.decide.Grants.receipt;
import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.count.EmbeddedStore;
import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.telemetry.DecisionMeter;
import io.apitwo.telemetry.LadderMeter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an entry of each table of clients takes is what docs/limits.md says it does. */
class TableMemoryTest {
  private static final int ENTRIES = 30_000;
  private static final InstantSource CLOCK = () -> Instant.parse("2025-06-29T15:38:59Z");

  /** The tables, as the documentation and the tag of their meter call them. */
  private enum Table {
    COUNTERS {
      @Override
      Object fill(int entries) {
        EmbeddedStore store = new EmbeddedStore(CLOCK, () -> 0, ENTRIES, 1);
        each(entries, client -> store.settle(List.of(new Demand(charge(client), 1))));
        assertThat(store.size()).isEqualTo(entries);
        return store;
      }
    },
    KNOWN {
      @Override
      Object fill(int entries) {
        LocalDecisions known = new LocalDecisions(ENTRIES, DecisionMeter.NONE);
        each(entries, client -> known.answered(charge(client), 1, lease(), 0));
        assertThat(known.size()).isEqualTo(entries);
        return known;
      }
    },
    SHARES {
      @Override
      Object fill(int entries) {
        LocalShare share = new LocalShare(CLOCK, () -> 0, ENTRIES);
        each(entries, client -> share.decide(charge(client), 1, 2));
        assertThat(share.size()).isEqualTo(entries);
        return share;
      }
    },
    SEEN {
      @Override
      Object fill(int entries) {
        LocalShare share = new LocalShare(CLOCK, () -> 0, ENTRIES);
        each(entries, client -> share.noteLeft(charge(client), lease().standing()));
        assertThat(share.seen()).isEqualTo(entries);
        return share;
      }
    },
    HITS {
      @Override
      Object fill(int entries) {
        Hits hits = new Hits(ENTRIES, LadderMeter.NONE);
        each(entries, client -> hits.add(charge(client), 1, lease().standing()));
        assertThat(hits.size()).isEqualTo(entries);
        return hits;
      }
    };

    private static final Limit LIMIT =
        new Limit(
            "a",
            Algorithm.FIXED,
            List.of(Quota.of(Window.MINUTE, 1_000)),
            Accuracy.EXACT,
            OnStoreFailure.LOCAL,
            false);

    /** What holds so many entries, each of a client of its own. */
    abstract Object fill(int entries);

    /** As a request has it: the limit is that of the rules, the client's key its own. */
    private static Charge charge(String client) {
      return new Charge(List.of(new Subject(LIMIT, client)), 1);
    }

    private static Grant lease() {
      return new Grant(1, 20, new Standing(new long[] {400}, new long[] {1_000}, 0, 0, receipt(1)));
    }

    private static void each(int entries, java.util.function.Consumer<String> client) {
      for (int i = 0; i < entries; i++) {
        client.accept("address:10.0." + (i >> 8) + "." + (i & 255));
      }
    }
  }

  /** Live heap, in bytes: the least of several looks, for others are at work in this JVM. */
  private static long used() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  private static long documented(Table table) throws IOException {
    Pattern row =
        Pattern.compile(
            "\\| `" + table.name().toLowerCase(java.util.Locale.ROOT) + "` \\|.*\\| (\\d+) \\|");
    Matcher found = row.matcher(Files.readString(Path.of("docs/limits.md")));
    assertThat(found.find()).as("a row of docs/limits.md for %s", table).isTrue();
    return Long.parseLong(found.group(1));
  }

  @ParameterizedTest
  @EnumSource
  void an_entry_takes_no_more_than_is_said(Table table) throws IOException {
    table.fill(10); // loads classes
    long before = used();
    Object filled = table.fill(ENTRIES);
    long bytes = (used() - before) / ENTRIES;
    assertThat(filled).isNotNull();
    System.out.println("memory  " + table + " " + bytes + " bytes an entry");
    assertThat(bytes).isBetween(documented(table) / 2, documented(table));
  }
}
