package io.apitwo;

import io.apitwo.config.Authority;
import io.apitwo.config.AuthorityException;
import io.apitwo.config.Entry;
import io.apitwo.config.EntryWriting;
import io.apitwo.config.RevisionId;
import io.apitwo.count.RedisDocuments;
import io.apitwo.count.StoreUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The authority of nodes that count in Redis: a document's entries lie there at places such as
 * {@code 000000000000012 SHA256}, as {@link EntryWriting} says. What does not look like one counts
 * as not there, and gives way to what the nodes know. For any thread.
 *
 * <p>Answers come on the event loop of the counters: what may be large is read on a worker.
 */
final class RulesInRedis implements Authority {
  private static final Pattern PLACE = Pattern.compile("([0-9]{15}) ([0-9a-f]{64})");
  private static final int KEPT = 100;

  private final Vertx vertx;
  private final RedisDocuments documents;
  private final EntryWriting entries;

  /** Each document's last place whose entry was read and found right: it is not read again. */
  private final Map<String, String> right = new ConcurrentHashMap<>();

  RulesInRedis(Vertx vertx, RedisDocuments documents, EntryWriting entries) {
    this.vertx = vertx;
    this.documents = documents;
    this.entries = entries;
  }

  private static String place(RevisionId id) {
    return String.format("%015d %s", id.number(), id.sha256());
  }

  private static Optional<RevisionId> id(@Nullable String place) {
    Matcher matcher = PLACE.matcher(place == null ? "" : place);
    return matcher.matches()
        ? Optional.of(new RevisionId(Long.parseLong(matcher.group(1)), matcher.group(2)))
        : Optional.empty();
  }

  @Override
  public Future<Optional<RevisionId>> newest(String document) {
    return asked(documents.newest(document).compose(place -> id(document, place)));
  }

  /** What a place stands for; nothing when the entry is not there, or not a right one. */
  private Future<Optional<RevisionId>> id(String document, @Nullable String place) {
    Optional<RevisionId> id = id(place);
    if (place == null || id.isEmpty() || place.equals(right.get(document))) {
      return Future.succeededFuture(id);
    }
    return read(document, id.get())
        .map(
            entry -> {
              entry.ifPresent(found -> right.put(document, place));
              return entry.map(Entry::id);
            });
  }

  private Future<Optional<Entry>> read(String document, RevisionId id) {
    return documents
        .read(document, place(id))
        .compose(
            written ->
                vertx.executeBlocking(
                    () -> Optional.ofNullable(entries.read(document, written)), false))
        .map(found -> found.filter(entry -> entry.id().equals(id)));
  }

  @Override
  public Future<Optional<Entry>> find(String document, RevisionId id) {
    return asked(read(document, id));
  }

  @Override
  public Future<List<Entry>> history(String document) {
    return asked(
        documents
            .all(document)
            .compose(all -> vertx.executeBlocking(() -> readAll(document, all.values()), false)));
  }

  private List<Entry> readAll(String document, Collection<String> all) {
    List<Entry> read = new ArrayList<>();
    for (String written : all) {
      Entry entry = entries.read(document, written);
      if (entry != null) {
        read.add(entry);
      }
    }
    return read;
  }

  @Override
  public Future<Boolean> replace(String document, @Nullable RevisionId expected, Entry next) {
    Future<@Nullable String> newest = asked(documents.newest(document));
    return newest.compose(
        there ->
            asked(id(document, there))
                .compose(
                    now ->
                        Objects.equals(now.orElse(null), expected)
                            ? replace(document, there == null ? "" : there, next)
                            : Future.succeededFuture(false)));
  }

  private Future<Boolean> replace(String document, String there, Entry next) {
    return documents
        .replace(document, there, place(next.id()), entries.write(document, next), KEPT)
        .recover(failure -> failed(failure, StoreUnavailableException.isInDoubt(failure)));
  }

  private static <T> Future<T> asked(Future<T> answer) {
    return answer.recover(failure -> failed(failure, false));
  }

  private static <T> Future<T> failed(Throwable failure, boolean inDoubt) {
    String message = "Redis gives no answer: " + failure.getMessage();
    return Future.failedFuture(
        inDoubt ? AuthorityException.inDoubt(message) : new AuthorityException(message));
  }
}
