package io.apitwo.config;

import java.util.List;

/**
 * Whether a text of the rules file is something new, or something that the cluster has left behind:
 * a file may reach the nodes one by one, and a node may start with the file of last year.
 */
final class FileNews {
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
   * @param sha256 of the text
   * @param generation that the text says; 0 for none
   * @param previous hash of the text that this node's file had before; empty if not known
   * @param history newest first
   * @param headGeneration that the newest entry says; 0 for none
   */
  static Verdict judge(
      String sha256, long generation, String previous, List<Entry> history, long headGeneration) {
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
    if (sha256.equals(previous)) {
      return Verdict.UNCHANGED;
    }
    long before = previous.isEmpty() ? 0 : lastNumberOf(previous, history);
    return lastNumberOf(sha256, history) > before ? Verdict.KNOWN : Verdict.NEWS;
  }

  /** 0 for none. */
  private static long lastNumberOf(String sha256, List<Entry> history) {
    return history.stream()
        .filter(entry -> entry.sha256().equals(sha256))
        .mapToLong(Entry::number)
        .max()
        .orElse(0);
  }
}
