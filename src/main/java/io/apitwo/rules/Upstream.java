package io.apitwo.rules;

import java.time.Duration;
import java.util.List;

/** Where requests go: named in the rules, referred to by routes. */
public sealed interface Upstream {
  String name();

  /** Built in: answers {@code {"origin": "<client address>"}} itself. */
  record Echo(String name) implements Upstream {}

  /**
   * One or more servers that serve the same thing.
   *
   * @param connectTimeout how long a connection may take to come up; 1 ms to 1 min
   * @param timeout how long the server may stay silent while it is its turn; 1 ms to 1 h
   */
  record Servers(String name, List<Target> targets, Duration connectTimeout, Duration timeout)
      implements Upstream {
    public Servers {
      targets = List.copyOf(targets);
    }
  }

  /**
   * One server's address.
   *
   * @param host a name or an IP literal, an IPv6 one without brackets
   */
  record Target(boolean tls, String host, int port) {
    /** As the rules write it. */
    public String url() {
      return (tls ? "https://" : "http://") + authority();
    }

    /** As a URL and a Host header write it: without the scheme's own port, IPv6 in brackets. */
    public String authority() {
      String literal = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
      return port == (tls ? 443 : 80) ? literal : literal + ":" + port;
    }
  }
}
