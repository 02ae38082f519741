package io.apitwo.config;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/**
 * Whether a text of the rules file is something new, or something that the cluster has left behind:
 * a file may reach the nodes one by one, and a node may start with the file of last year.
 */
final class FileNews {
  private static final Pattern NOTE = Pattern.compile("([0-9a-f]{64}) ([0-9]{1,15})");

  private FileNews() {}

  /** What decides, for the log. */
  enum Verdict {
    NEWS,
    IN_FORCE,
    UNCHANGED,
    KNOWN,
    OLDER_GENERATION
  }

  /**
   * What a node's file said before.
   *
   * @param sha256 of the text; empty if not known
   * @param number after which other files' texts may come late; 0 if not known
   */
  record Said(String sha256, long number) {
    static final Said NOTHING = new Said("", 0);

    /** As a note on the disk. */
    String note() {
      return sha256 + " " + number;
    }

    /** What the file says now: it was pushed as an entry of that number. */
    Said pushed(String sha256, long number) {
      return sha256.equals(this.sha256) ? this : new Said(sha256, number);
    }

    /**
     * What the file says now: that was no news. It stands for the last of its entries that a file
     * made, since of a rollback after that no file knows; if there is none, for the first.
     */
    Said noNews(String sha256, List<Entry> history) {
      long first = numbersOf(sha256, history).min().orElse(0);
      long ofFile =
          history.stream()
              .filter(entry -> entry.sha256().equals(sha256) && entry.isOfFile())
              .mapToLong(Entry::number)
              .max()
              .orElse(first);
      return sha256.equals(this.sha256) ? this : new Said(sha256, Math.max(number, ofFile));
    }

    /** Nothing, where the note is something else. */
    static Said of(String note) {
      Matcher matcher = NOTE.matcher(note);
      return matcher.matches()
          ? new Said(matcher.group(1), Long.parseLong(matcher.group(2)))
          : NOTHING;
    }
  }

  /**
   * @param sha256 of the text
   * @param generation that the text says; 0 for none
   * @param history newest first
   * @param headGeneration that the newest entry says; 0 for none
   */
  static Verdict judge(
      String sha256, long generation, Said before, List<Entry> history, long headGeneration) {
    if (history.isEmpty()) {
      return Verdict.NEWS;
    }
    if (history.get(0).sha256().equals(sha256)) {
      return Verdict.IN_FORCE;
    }
    if (generation > headGeneration) {
      return Verdict.NEWS;
    }
    if (generation != 0 && generation < headGeneration) {
      return Verdict.OLDER_GENERATION;
    }
    if (sha256.equals(before.sha256)) {
      return Verdict.UNCHANGED;
    }
    long last = numbersOf(sha256, history).max().orElse(0);
    return last > before.number ? Verdict.KNOWN : Verdict.NEWS;
  }

  /** A file's text of which only the hash is left came before all entries that are kept. */
  private static LongStream numbersOf(String sha256, List<Entry> history) {
    boolean isKept = history.stream().anyMatch(entry -> entry.sha256().equals(sha256));
    if (!isKept && !history.isEmpty() && history.get(0).files().contains(sha256)) {
      return LongStream.of(Math.max(1, history.get(history.size() - 1).number() - 1));
    }
    return history.stream().filter(entry -> entry.sha256().equals(sha256)).mapToLong(Entry::number);
  }
}
