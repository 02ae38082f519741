package io.apitwo.rules;

import java.util.List;

/**
 * What tells the clients of a limit apart.
 *
 * @param parts of the client key, at least one
 * @param first whether the first part that a request carries is the whole key; else all are
 *     composed in their order
 * @param missing what stands in for what the request does not carry
 */
public record Clients(List<KeyPart> parts, boolean first, Missing missing) {
  public Clients {
    parts = List.copyOf(parts);
  }

  /** What to do with a request that lacks a part of the client key. */
  public enum Missing {
    /** The client's address stands in. */
    ADDRESS,
    /** All such requests share one client. */
    ANONYMOUS,
    /** The request is answered 401. */
    UNAUTHORIZED
  }
}
