package io.apitwo.config;

import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the entries of documents get their numbers, so that no two are given the same: it holds the
 * newest entry of each document and exchanges it only for one that was made after it. It may forget
 * everything and be told again by the nodes.
 *
 * <p>All futures fail with {@link AuthorityException} when there is no answer; whether something
 * was done it says itself ({@link AuthorityException#isInDoubt}). They may complete on any thread.
 */
public interface Authority {
  /** The newest entry's place. */
  Future<Optional<RevisionId>> newest(String document);

  /** An entry that is kept. */
  Future<Optional<Entry>> find(String document, RevisionId id);

  /** The entries that are kept, in any order. */
  Future<List<Entry>> history(String document);

  /**
   * Makes an entry the newest, if the newest is still the one that is expected.
   *
   * @param expected null when there is none
   * @return whether it was
   */
  Future<Boolean> replace(String document, @Nullable RevisionId expected, Entry next);
}
