package io.apitwo;

import io.apitwo.config.Authority;
import io.apitwo.config.AuthorityException;
import io.apitwo.config.Entry;
import io.apitwo.config.EntryForm;
import io.apitwo.config.RevisionId;
import io.apitwo.count.RedisDocuments;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The authority of nodes that count in Redis: a document's entries lie there at places such as
 * {@code 000000000000012 SHA256}. What does not look like one counts as not there.
 */
final class RulesInRedis implements Authority {
  private static final Pattern PLACE = Pattern.compile("([0-9]{15}) ([0-9a-f]{64})");
  private static final int KEPT = 100;

  private final RedisDocuments documents;

  RulesInRedis(RedisDocuments documents) {
    this.documents = documents;
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

  private static Optional<Entry> entry(@Nullable String written) {
    try {
      return written == null ? Optional.empty() : Optional.of(EntryForm.read(written));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public Future<Optional<RevisionId>> newest(String document) {
    return asked(documents.newest(document).map(RulesInRedis::id));
  }

  @Override
  public Future<Optional<Entry>> find(String document, RevisionId id) {
    return asked(
        documents
            .read(document, place(id))
            .map(written -> entry(written).filter(entry -> entry.id().equals(id))));
  }

  @Override
  public Future<List<Entry>> history(String document) {
    return asked(
        documents
            .all(document)
            .map(
                all -> {
                  List<Entry> entries = new ArrayList<>();
                  all.values().forEach(written -> entry(written).ifPresent(entries::add));
                  return entries;
                }));
  }

  @Override
  public Future<Boolean> replace(String document, @Nullable RevisionId expected, Entry next) {
    return asked(
        documents.replace(
            document,
            expected == null ? "" : place(expected),
            place(next.id()),
            EntryForm.write(next),
            KEPT));
  }

  private static <T> Future<T> asked(Future<T> answer) {
    return answer.recover(
        failure ->
            Future.failedFuture(
                new AuthorityException("Redis gives no answer: " + failure.getMessage())));
  }
}
