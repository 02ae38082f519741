package io.apitwo.config;

import static io.apitwo.config.HistoryTest.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apitwo.telemetry.ConfigMeter;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EntryLogTest {
  @TempDir Path folder;
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicBoolean silent = new AtomicBoolean();
  private final Vertx vertx = Vertx.vertx();
  private final Home home = new Home();
  private EntryLog log;

  /** An authority that has something to tell, and can fall silent about all but its newest. */
  private final class Told implements Authority {
    final Authority newest = new LocalAuthority();
    final List<Entry> all = List.of(entry(1, "a", ""), entry(2, "b", "a"), entry(3, "c", "b"));

    Told() {
      newest.replace("rules", null, all.get(2)).result();
    }

    @Override
    public Future<Optional<RevisionId>> newest(String document) {
      return newest.newest(document);
    }

    @Override
    public Future<Optional<Entry>> find(String document, RevisionId id) {
      return newest.find(document, id);
    }

    @Override
    public Future<List<Entry>> history(String document) {
      return silent.get()
          ? Future.failedFuture(new AuthorityException("no answer"))
          : Future.succeededFuture(all);
    }

    @Override
    public Future<Boolean> replace(String document, @Nullable RevisionId expected, Entry next) {
      return newest.replace(document, expected, next);
    }
  }

  @BeforeEach
  void open() {
    Context context = vertx.getOrCreateContext();
    home.isHere(vertx, context);
    ConfigContext surroundings =
        new ConfigContext("node", folder, new Told(), Peers.NONE, ConfigMeter.NONE);
    log = new EntryLog("rules", home, surroundings, nanos::get);
  }

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private <T> T here(Supplier<Future<T>> work) {
    return home.call(work)
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(20, TimeUnit.SECONDS)
        .join();
  }

  private boolean hears(RevisionId id) {
    return here(() -> Future.succeededFuture(log.isMissing(id)));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void a_history_that_did_not_come_is_asked_for_again() {
    silent.set(true);
    here(log::compare);
    assertThatThrownBy(() -> here(log::complete)).hasMessageContaining("no answer");
    silent.set(false);
    assertThatThrownBy(() -> here(log::complete)).as("not yet").hasMessageContaining("no answer");
    pass(Duration.ofSeconds(15));
    here(log::complete);
    assertThat(here(() -> Future.succeededFuture(log.history().list()))).hasSize(3);
  }

  @Test
  void what_is_missing_for_long_makes_a_node_lag_as_long_as_somebody_has_it() {
    here(log::compare);
    assertThat(log.isLagging()).isFalse();
    RevisionId later = entry(7, "later", "").id();
    for (int i = 0; i < 20; i++) {
      assertThat(hears(later)).isTrue();
      pass(Duration.ofSeconds(2));
      here(log::compare);
    }
    assertThat(log.isLagging()).isTrue();
    assertThat(log.lag()).isEqualTo(4);

    here(() -> log.remember(List.of(entry(7, "later", "c"))));
    assertThat(log.isLagging()).isFalse();
    assertThat(log.lag()).isZero();
  }

  @Test
  void what_went_away_with_those_who_had_it_is_missing_no_more_but_its_number_is_taken() {
    assertThat(hears(entry(7, "later", "").id())).isTrue();
    pass(Duration.ofSeconds(14));
    here(log::compare);
    assertThat(log.isLagging()).isTrue();

    pass(Duration.ofSeconds(2));
    here(log::compare);

    assertThat(log.isLagging()).isFalse();
    assertThat(log.lag()).isZero();
    assertThat(log.taken()).isEqualTo(7);
    assertThat(hears(entry(6, "of one who never heard of 7", "").id())).isTrue();
    assertThat(log.taken()).isEqualTo(7);
  }
}
