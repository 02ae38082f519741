package io.apitwo.count;

import io.apitwo.limit.Hit;
import java.util.Collection;
import java.util.List;

/**
 * What became of hits that were to be charged. Those in neither list are charged.
 *
 * @param undone those that are not charged for certain, to be charged another time
 * @param inDoubt those that may be charged, wholly or in part, and are not charged again
 */
public record Charged(List<Hit> undone, List<Hit> inDoubt) {
  /** All are charged. */
  public static final Charged ALL = new Charged(List.of(), List.of());

  public Charged {
    undone = List.copyOf(undone);
    inDoubt = List.copyOf(inDoubt);
  }

  /** None of these is charged. */
  public static Charged undone(List<Hit> hits) {
    return new Charged(hits, List.of());
  }

  /** Nobody knows of these. */
  public static Charged inDoubt(List<Hit> hits) {
    return new Charged(List.of(), hits);
  }

  /** What became of a call's hits when it failed. */
  static Charged failed(List<Hit> hits, Throwable cause) {
    return StoreUnavailableException.isInDoubt(cause) ? inDoubt(hits) : undone(hits);
  }

  /** What became of the hits of several calls. */
  static Charged of(Collection<Charged> calls) {
    return new Charged(
        calls.stream().flatMap(call -> call.undone.stream()).toList(),
        calls.stream().flatMap(call -> call.inDoubt.stream()).toList());
  }
}
