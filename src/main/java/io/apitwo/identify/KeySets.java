package io.apitwo.identify;

/**
 * The fetched keys of a node: those of the rules in force, and apart from them those of the rules
 * on trial, so that a trial changes nothing for live tokens. For any thread.
 *
 * @param live for the rules in force
 * @param onTrial for the rules on trial
 */
public record KeySets(FetchedKeys live, FetchedKeys onTrial) {
  /** Nothing is fetched yet. */
  public KeySets() {
    this(new FetchedKeys(), new FetchedKeys());
  }
}
