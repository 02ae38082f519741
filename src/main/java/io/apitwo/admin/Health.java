package io.apitwo.admin;

import io.vertx.core.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Whether this node works and wants traffic; written by the root, read by the health endpoints on
 * any thread.
 */
public final class Health {
  private volatile Supplier<Future<Void>> pulse = Future::succeededFuture;
  private volatile String notReadyBecause = "starting";
  private volatile BooleanSupplier noted = () -> false;
  private volatile String note = "";
  private volatile BooleanSupplier behind = () -> false;
  private volatile String behindText = "";

  public void ready() {
    notReadyBecause = "";
  }

  /**
   * How it is found out that the node works.
   *
   * @param pulse completes as soon as everything that serves traffic has had a turn; asked on any
   *     thread
   */
  public void pulse(Supplier<Future<Void>> pulse) {
    this.pulse = pulse;
  }

  /**
   * @param because a word for people, such as {@code draining}
   */
  public void notReady(String because) {
    notReadyBecause = because;
  }

  /**
   * A node that is ready says so with a note while something holds; it is written before the health
   * endpoint answers.
   *
   * @param holds may be asked on any thread
   * @param text for people
   */
  public void noteWhen(BooleanSupplier holds, String text) {
    note = text;
    noted = holds;
  }

  /** Whether what is noted holds now. For any thread. */
  public boolean isNoted() {
    return noted.getAsBoolean();
  }

  /**
   * A node that would be ready is not while something holds.
   *
   * @param holds may be asked on any thread
   * @param text for people
   */
  public void notReadyWhile(BooleanSupplier holds, String text) {
    behindText = text;
    behind = holds;
  }

  /** Succeeds when the node works; may never complete when it does not. */
  Future<Void> beat() {
    return pulse.get();
  }

  /** Empty when there is nothing to say. */
  String note() {
    return noted.getAsBoolean() ? note : "";
  }

  boolean isReady() {
    return notReadyBecause().isEmpty();
  }

  String notReadyBecause() {
    String because = notReadyBecause;
    return because.isEmpty() && behind.getAsBoolean() ? behindText : because;
  }
}
