package io.apitwo.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Where the admin API speaks of one client. */
final class ClientPath {
  private ClientPath() {}

  /**
   * @param client a client key, as the gateway shows it
   * @param what the last segment, with a query if there is one
   */
  static String of(String client, String what) {
    return "/admin/v1/clients/" + encoded(client) + "/" + what;
  }

  /** Percent-encoded, for a path or a query. */
  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
