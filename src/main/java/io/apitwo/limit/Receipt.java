package io.apitwo.limit;

import java.util.Arrays;
import java.util.BitSet;

/**
 * What a store wrote down for a charge, so that the unspent part can be given back to the very
 * counts that were charged and to no others.
 *
 * @param session in which connection's life it was charged; after a break a store may have lost
 *     what it acknowledged, so receipts of earlier sessions buy nothing
 * @param epochs for each subject of the charge, which life of its counts was charged
 * @param windows for each bucket of the charge, the number of the window that was charged; {@value
 *     #NO_WINDOW} for a bucket that has none (tokens, concurrency)
 */
public record Receipt(long session, long[] epochs, long[] windows) {
  /** Stands where there is no window: the windows of 1970 are over. */
  public static final long NO_WINDOW = 0;

  /** The session of what a node granted by itself, while its store gave no answer. */
  public static final long LOCAL = -1;

  /** Whether a node granted it by itself, while its store gave no answer. */
  public boolean isLocal() {
    return session == LOCAL;
  }

  /**
   * The part that some limits of its charge have.
   *
   * @param which positions in {@link Charge#subjects}
   */
  public Receipt part(Charge charge, BitSet which) {
    long[] someEpochs = new long[which.cardinality()];
    long[] someWindows = new long[windows.length];
    int subjects = 0;
    int buckets = 0;
    int bucket = 0;
    for (int i = 0; i < charge.subjects().size(); i++) {
      int ofSubject = charge.subjects().get(i).limit().quotas().size();
      if (which.get(i)) {
        someEpochs[subjects++] = epochs[i];
        System.arraycopy(windows, bucket, someWindows, buckets, ofSubject);
        buckets += ofSubject;
      }
      bucket += ofSubject;
    }
    return new Receipt(session, someEpochs, Arrays.copyOf(someWindows, buckets));
  }

  /** Whether it is for the same counts in the same windows. */
  public boolean equalTo(Receipt other) {
    return session == other.session
        && Arrays.equals(epochs, other.epochs)
        && Arrays.equals(windows, other.windows);
  }
}
