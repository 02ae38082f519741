package io.apitwo.rules;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which hosts a route takes: one, or all below one.
 *
 * @param name in lower case; for a wildcard what follows the star, {@code .example.com}
 */
record HostPattern(String name, boolean wildcard) {
  static final String EXPECTED =
      "a host name without a port such as api.example.com, or *.example.com";

  /** Null for what is neither a host name nor {@code *.} before one. */
  static @Nullable HostPattern parse(String text) {
    boolean wildcard = text.startsWith("*.");
    String host = wildcard ? text.substring(2) : text;
    String name = host.toLowerCase(Locale.ROOT);
    return Syntax.isHostName(host) ? new HostPattern(wildcard ? "." + name : name, wildcard) : null;
  }

  /**
   * Whether a host is meant; a wildcard takes one or more labels.
   *
   * @param host in lower case, without a port
   */
  boolean matches(String host) {
    return wildcard
        ? host.length() > name.length() && host.endsWith(name) && host.charAt(0) != '.'
        : host.equals(name);
  }
}
