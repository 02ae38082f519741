package io.apitwo;

import io.apitwo.config.Revision;
import io.apitwo.rules.Settings;
import java.util.ArrayList;
import java.util.List;

/**
 * What a node says when it serves.
 *
 * @param proxyPort the port that serves plain HTTP
 * @param tlsPort the port that serves HTTPS; 0 without it
 * @param managementPort the port of health and admin API
 * @param store the counter store's name
 * @param transport the name of what moves the bytes
 */
record Announcement(
    Settings settings,
    int proxyPort,
    int tlsPort,
    int managementPort,
    String store,
    String transport,
    Revision revision) {

  /** The line that says that the node serves, for people and scripts. */
  String readyLine() {
    return "apitwo ready proxy="
        + url(settings.proxy().host(), proxyPort)
        + " management="
        + url(settings.management().host(), managementPort)
        + " store="
        + store
        + " transport="
        + transport
        + " revision="
        + revision.number();
  }

  /** What to do next, a few lines. */
  List<String> hints() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "rules  "
            + revision.source()
            + ", revision "
            + revision.number()
            + ", sha256 "
            + revision.sha256().substring(0, 12));
    if (tlsPort != 0) {
      lines.add("https  " + url(settings.proxy().host(), tlsPort).replace("http:", "https:"));
    }
    if (settings.management().token() == null && settings.management().tokenFile() == null) {
      lines.add("admin  token in " + AdminTokens.generated(settings));
    }
    lines.add("try    curl -i " + url(settings.proxy().host(), proxyPort) + "/");
    lines.add("stop   Ctrl-C");
    return lines;
  }

  private static String url(String host, int port) {
    String literal = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return "http://" + literal + ":" + port;
  }
}
