package io.apitwo.count;

import io.apitwo.count.RedisPermits.Word;
import io.apitwo.limit.Subject;

/**
 * The permits of one client and limit that this node holds, what it asks for, and what Redis knows
 * of it. Confined to one thread.
 */
final class RedisHolding {
  private static final long UNKNOWN = -1;

  final Owner owner;
  final byte[] key;
  final int lane;
  private long inUse;
  private int asking;
  private long asked; // what Redis knows once the call that asks has landed
  private long askedSequence;
  private long told; // what Redis knows
  private long toldSequence;
  private long toldNanos;
  private boolean telling;

  /** Whose permits they are. */
  record Owner(String limit, String client) {
    static Owner of(Subject subject) {
      return new Owner(subject.limit().name(), subject.client());
    }
  }

  RedisHolding(Owner owner, byte[] key, int lane) {
    this.owner = owner;
    this.key = key;
    this.lane = lane;
  }

  long inUse() {
    return inUse;
  }

  /** When Redis was told last, on the nano clock. */
  long toldNanos() {
    return toldNanos;
  }

  /** Whether a call that asks for some is in the air. */
  boolean isAsking() {
    return asking > 0;
  }

  /** Whether a call that Redis learns from is in the air. */
  boolean isInTheAir() {
    return asking > 0 || telling;
  }

  /** Whether Redis knows something else than what is held, as far as is known here. */
  boolean isMistaken() {
    return told != inUse;
  }

  /** The word of a group that asks for permits in a call that is sent now. */
  Word ask(long sequence) {
    if (asking++ == 0) {
      asked = inUse;
    }
    askedSequence = sequence;
    return new Word(sequence, inUse);
  }

  /** A group that asked has been granted so much. */
  void granted(long amount) {
    asked = asked == UNKNOWN ? UNKNOWN : asked + amount;
    hold(amount);
  }

  /** What has become of a group that asked is not known. */
  void unanswered() {
    asked = UNKNOWN;
  }

  /**
   * A group that asked needs no answer any more.
   *
   * @return whether it was the last one; then Redis has heard {@link #asked}
   */
  boolean landed() {
    return --asking == 0;
  }

  /** What Redis has heard by the calls that asked and have all landed. */
  Word asked() {
    return new Word(askedSequence, asked);
  }

  void hold(long more) {
    inUse += more;
  }

  /** A word that is told now for its own sake. */
  Word tell(long sequence) {
    telling = true;
    return new Word(sequence, inUse);
  }

  /**
   * What has become of a word that was told for its own sake.
   *
   * @param heard whether Redis has confirmed it; else nobody knows
   * @return whether it is Redis' newest
   */
  boolean told(Word word, boolean heard, long nowNanos) {
    telling = false;
    if (heard) {
      return heard(word, nowNanos);
    }
    told = word.sequence() > toldSequence ? UNKNOWN : told;
    return false;
  }

  /**
   * Redis has heard a word.
   *
   * @return whether it is the newest
   */
  boolean heard(Word word, long nowNanos) {
    if (word.sequence() <= toldSequence) {
      return false;
    }
    toldSequence = word.sequence();
    told = word.holds();
    toldNanos = nowNanos;
    return true;
  }

  /**
   * Redis may have forgotten it.
   *
   * @param sinceNanos the instant since which it counts as not told
   */
  void forgotten(long sinceNanos) {
    told = UNKNOWN;
    toldNanos = sinceNanos;
  }
}
