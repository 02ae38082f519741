package io.apitwo.config;

import org.jspecify.annotations.Nullable;

/** How entries are written where others can write too, and which of them count. For any thread. */
public interface EntryWriting {
  /** The written form. */
  String write(String document, Entry entry);

  /**
   * Reads what {@link #write} wrote for the same document.
   *
   * @return null for anything else, which is counted and said now and then, and for null
   */
  @Nullable Entry read(String document, @Nullable String written);
}
