package io.apitwo.config;

import org.jspecify.annotations.Nullable;

/**
 * A document that somebody wants in force.
 *
 * @param source where it came from, for people: a file's name, {@code admin}, {@code event bus}
 * @param actor who wants it, for the history: such as {@code admin 127.0.0.1} or {@code file
 *     node-1}
 * @param ifMatch the revision that it was made from; null when that does not matter
 * @param dryRun whether it is only checked
 * @param ofFile whether it is what a node's rules file says
 */
public record Push(
    String text,
    String source,
    String actor,
    @Nullable Long ifMatch,
    boolean dryRun,
    boolean ofFile) {

  /** What somebody asks for. */
  public Push(String text, String source, String actor, @Nullable Long ifMatch, boolean dryRun) {
    this(text, source, actor, ifMatch, dryRun, false);
  }

  /** What a rules file says. */
  static Push ofFile(String text, String path, String actor) {
    return new Push(text, path, actor, null, false, true);
  }
}
