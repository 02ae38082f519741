package io.apitwo.rules;

/**
 * One part of what makes up a client key: where in a request its value stands. Only claims and API
 * keys are verified; whoever wants can write anything into the others.
 */
public sealed interface KeyPart {
  /** The client's address; IPv6 by its prefix. */
  record Address() implements KeyPart {}

  /** The id of the route that takes the request. */
  record RouteId() implements KeyPart {}

  /** The method; HEAD counts as GET. */
  record Method() implements KeyPart {}

  /** The host that the request is for, in lower case and without a port. */
  record Host() implements KeyPart {}

  /** The value of a request header. @param name in lower case */
  record Header(String name) implements KeyPart {}

  /** The value of a cookie. @param name as it is sent */
  record Cookie(String name) implements KeyPart {}

  /** The value of a query parameter. @param name as it is once decoded */
  record Query(String name) implements KeyPart {}

  /** What stands in the path where the route's pattern has {@code {name}}. */
  record PathParameter(String name) implements KeyPart {}

  /**
   * A claim of a verified token.
   *
   * @param name of a claim, or where there is none of that name, the names on the way to a nested
   *     one with dots between them
   */
  record Claim(String name) implements KeyPart {}

  /**
   * The consumer of a known API key.
   *
   * @param name of the header, in lower case, or of the query parameter that carries the key
   */
  record ApiKey(Carrier carrier, String name) implements KeyPart {
    /** What carries a key. */
    public enum Carrier {
      HEADER,
      QUERY
    }
  }

  /** The consumer of a known API key, whatever carries it: for conditions alone. */
  record Consumer() implements KeyPart {}

  /**
   * A field of a JSON object or a form in the request's body, if that is small.
   *
   * @param name of a field at the top level
   */
  record Body(String name) implements KeyPart {}

  /** The same text for all. */
  record Constant(String text) implements KeyPart {}
}
