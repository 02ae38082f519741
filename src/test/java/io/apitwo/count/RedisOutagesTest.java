package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RedisOutagesTest {
  private static final long SECOND = 1_000_000_000L;

  private final Logger logger = (Logger) LoggerFactory.getLogger(RedisOutages.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final RedisOutages outages = new RedisOutages("redis://h:1");

  @BeforeEach
  void listen() {
    lines.start();
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    logger.addAppender(lines);
  }

  @AfterEach
  void leave() {
    logger.detachAppender(lines);
    logger.setAdditive(true);
    logger.setLevel(null);
  }

  private List<String> told() {
    return lines.list.stream()
        .map(line -> line.getLevel() + " " + line.getFormattedMessage())
        .toList();
  }

  @Test
  void an_outage_is_two_lines_however_often_it_is_noticed() {
    outages.lost("gone", 0);
    outages.lost("still gone", 20 * SECOND);
    outages.lost("still gone", 40 * SECOND);
    outages.back(60 * SECOND);
    outages.back(61 * SECOND);
    assertThat(told())
        .containsExactly(
            "WARN counter store lost, trying to get it back server=redis://h:1 reason=\"gone\"",
            "INFO counter store back server=redis://h:1 afterMillis=60000");
  }

  @Test
  void a_store_that_comes_and_goes_is_told_of_once_in_ten_seconds() {
    for (long millis = 0; millis < 30_000; millis += 500) {
      outages.lost("gone", millis * 1_000_000);
      outages.back((millis + 100) * 1_000_000);
    }
    assertThat(told()).hasSize(6);
  }

  @Test
  void an_outage_that_began_in_silence_is_told_of_when_it_lasts() {
    outages.lost("gone", 0);
    outages.back(SECOND);
    outages.lost("gone again", 2 * SECOND);
    assertThat(told()).hasSize(2);
    outages.lost("gone again", 11 * SECOND);
    assertThat(told()).hasSize(3);
  }

  @Test
  void an_eviction_policy_that_loses_counters_is_warned_about_once() {
    outages.mayEvict("");
    outages.mayEvict("noeviction");
    assertThat(told()).isEmpty();
    outages.mayEvict("allkeys-lru");
    outages.mayEvict("allkeys-lru");
    assertThat(told()).singleElement().asString().startsWith("WARN").contains("allkeys-lru");
  }

  @Test
  void refusals_are_two_lines_as_long_as_they_last() {
    for (long second = 0; second < 60; second++) {
      outages.refused("Redis answered: OOM", second * SECOND);
      outages.served(second * SECOND + SECOND / 2); // one that only reads
    }
    outages.served(68 * SECOND);
    assertThat(told())
        .containsExactly(
            "WARN counter store refuses calls server=redis://h:1 reason=\"Redis answered: OOM\"");
    outages.served(69 * SECOND);
    outages.served(70 * SECOND);
    assertThat(told())
        .hasSize(2)
        .endsWith("INFO counter store takes all calls again server=redis://h:1 refused=60");
  }
}
