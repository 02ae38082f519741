package io.apitwo.config;

import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * The rules of the cluster, whose every change comes through here, whichever way it came: the file,
 * the admin API, the event bus. May be called from any thread; futures complete on the caller's
 * context.
 */
public interface Rulebook {
  /**
   * Checks a document and makes it the next revision, on every node; a dry run stops before that.
   *
   * @return fails with {@link io.apitwo.rules.InvalidDocumentException} when the document is
   *     refused, {@link RevisionConflictException} when {@link Push#ifMatch} is no longer the
   *     newest, {@link AuthorityException} when the authority over numbers cannot be reached; then
   *     nothing has changed, unless that is {@link AuthorityException#isInDoubt in doubt}
   */
  Future<Pushed> push(Push push);

  /** The newest revision that is known here, in force or not; empty before the first. */
  Future<Optional<Entry>> newest();

  /** The revisions that are kept, newest first. */
  Future<List<Entry>> history();

  /** One of them. */
  Future<Optional<Entry>> find(long number);

  /** The nodes that are known, this one first. */
  List<NodeState> nodes();
}
