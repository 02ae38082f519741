package io.apitwo.rules;

/** One part of what makes up a client key. */
public sealed interface KeyPart {
  /** The client's address; IPv6 by its prefix. */
  record Address() implements KeyPart {}

  /** The value of a request header. @param name in lower case */
  record Header(String name) implements KeyPart {}
}
