package io.apitwo.count;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Subject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * The part of each limit that is one node's, where every node counts for itself: all of them
 * together then let through no more than the limit once. While their number changes, what has
 * passed stays counted.
 *
 * <p>Confined to one thread.
 */
final class Shares {
  private static final int MOST_LIMITS = 4_096;

  private final IntSupplier nodes;
  private final Map<Limit, Limit> shares = new HashMap<>();
  private int divided = 1;

  /**
   * @param nodes how many there are now; at least 1
   */
  Shares(IntSupplier nodes) {
    this.nodes = nodes;
  }

  /** The same charge, to this node's part of its limits. */
  Charge of(Charge charge) {
    int now = nodes.getAsInt();
    if (now <= 1) {
      return charge;
    }
    if (now != divided || shares.size() > MOST_LIMITS) {
      divided = now;
      shares.clear();
    }
    List<Subject> subjects = new ArrayList<>(charge.subjects().size());
    for (Subject subject : charge.subjects()) {
      Limit share = shares.computeIfAbsent(subject.limit(), limit -> limit.share(divided));
      subjects.add(new Subject(share, subject.client()));
    }
    return new Charge(subjects, charge.cost());
  }
}
