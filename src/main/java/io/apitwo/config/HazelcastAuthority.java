package io.apitwo.config;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The authority of a cluster without Redis: a map that its members hold together, in memory, with a
 * copy of each part. A call may wait for a member that was frozen until it is out, so all have a
 * deadline. For any thread.
 */
final class HazelcastAuthority implements Authority {
  private static final long TIMEOUT_SECONDS = 5;

  private final HazelcastInstance hazelcast;
  private final Vertx vertx;
  private final SealedEntries sealed;

  HazelcastAuthority(HazelcastInstance hazelcast, Vertx vertx, SealedEntries sealed) {
    this.hazelcast = hazelcast;
    this.vertx = vertx;
    this.sealed = sealed;
  }

  private IMap<String, String> newest() {
    return hazelcast.getMap(HazelcastSetup.NEWEST);
  }

  private IMap<String, String> entries() {
    return hazelcast.getMap(HazelcastSetup.HISTORY);
  }

  @Override
  public Future<Optional<RevisionId>> newest(String document) {
    return ask(() -> Optional.ofNullable(read(document)).map(Entry::id));
  }

  @Override
  public Future<Optional<Entry>> find(String document, RevisionId id) {
    return ask(
        () ->
            Optional.ofNullable(read(document))
                .filter(entry -> entry.id().equals(id))
                .or(
                    () ->
                        Optional.ofNullable(
                            sealed.read(document, entries().get(key(document, id))))));
  }

  @Override
  public Future<List<Entry>> history(String document) {
    return ask(
        () -> {
          List<Entry> all = new ArrayList<>();
          for (String key : keys(document)) {
            Entry entry = sealed.read(document, entries().get(key));
            if (entry != null) {
              all.add(entry);
            }
          }
          return all;
        });
  }

  @Override
  public Future<Boolean> replace(String document, @Nullable RevisionId expected, Entry next) {
    return change(
        () -> {
          String there = newest().get(document);
          Entry now = sealed.read(document, there);
          String text = sealed.write(document, next);
          boolean taken =
              Objects.equals(now == null ? null : now.id(), expected)
                  && (there == null
                      ? newest().putIfAbsent(document, text) == null
                      : newest().replace(document, there, text));
          if (taken) {
            keep(document, next, text);
          }
          return taken;
        });
  }

  /** The newest is asked for often, the entries before it seldom. */
  private void keep(String document, Entry entry, String text) {
    entries().set(key(document, entry.id()), text);
    List<String> keys = keys(document);
    for (String old : keys.subList(0, Math.max(0, keys.size() - EntryLog.KEPT))) {
      entries().delete(old);
    }
  }

  private @Nullable Entry read(String document) {
    return sealed.read(document, newest().get(document));
  }

  /** Oldest first. */
  private List<String> keys(String document) {
    return entries().keySet().stream()
        .filter(key -> key.startsWith(document + "/"))
        .sorted(Comparator.naturalOrder())
        .toList();
  }

  private static String key(String document, RevisionId id) {
    return document + "/" + String.format("%015d", id.number()) + "/" + id.sha256();
  }

  private <T> Future<T> ask(Callable<T> call) {
    return inTime(call)
        .recover(failure -> Future.failedFuture(new AuthorityException(silence(failure))));
  }

  /** The same for what may have been done without an answer. */
  private <T> Future<T> change(Callable<T> call) {
    return inTime(call)
        .recover(failure -> Future.failedFuture(AuthorityException.inDoubt(silence(failure))));
  }

  private <T> Future<T> inTime(Callable<T> call) {
    return vertx.executeBlocking(call, false).timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  private static String silence(Throwable failure) {
    return "the cluster gives no answer: " + failure;
  }
}
