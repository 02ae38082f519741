package io.apitwo.config;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The authority of a node that is alone: it remembers what it was told since the start, and is told
 * by the node's own disk first. For any thread.
 */
public final class LocalAuthority implements Authority {
  private final Map<String, Entry> newest = new HashMap<>();

  @Override
  public synchronized Future<Optional<RevisionId>> newest(String document) {
    return Future.succeededFuture(Optional.ofNullable(newest.get(document)).map(Entry::id));
  }

  @Override
  public synchronized Future<Optional<Entry>> find(String document, RevisionId id) {
    return Future.succeededFuture(
        Optional.ofNullable(newest.get(document)).filter(entry -> entry.id().equals(id)));
  }

  @Override
  public synchronized Future<List<Entry>> history(String document) {
    List<Entry> all = new ArrayList<>();
    if (newest.containsKey(document)) {
      all.add(newest.get(document));
    }
    return Future.succeededFuture(all);
  }

  @Override
  public synchronized Future<Boolean> replace(
      String document, @Nullable RevisionId expected, Entry next) {
    Entry now = newest.get(document);
    boolean asExpected = Objects.equals(now == null ? null : now.id(), expected);
    if (asExpected) {
      newest.put(document, next);
    }
    return Future.succeededFuture(asExpected);
  }
}
