package io.apitwo.admin;

import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who changed what, and who tried: one line each, under a name of its own. What is named by {@code
 * :key} in a path may be somebody's secret: of that the hash is written, and no less when whoever
 * asked is refused.
 */
final class AuditLog {
  private static final Logger log = LoggerFactory.getLogger("io.apitwo.audit");
  private static final String DETAIL = "audit";
  private static final int MOST_SHOWN = 200;

  /** A client's key may hold slashes, in a path that nobody has understood yet. */
  private static final Pattern CLIENT =
      Pattern.compile("(?is)(.*?/clients[^/]*/+)(.+?)((?:/+(?:usage|boost|block))?/*)");

  /** Adds to what will be written of a request, such as {@code factor=2.0 seconds=60}. */
  static void detail(RoutingContext context, String detail) {
    context.put(DETAIL, detail);
  }

  /** A change that was asked for by somebody who holds the token, and what became of it. */
  void change(RoutingContext context, Answer answer) {
    change(Door.address(context.request()), what(context), answer);
  }

  /**
   * The same.
   *
   * @param who an address, or a name in quotes
   */
  void change(String who, String what, Answer answer) {
    log.info(
        "change who={} what={} status={} revision={}",
        who,
        shown(what),
        answer.status(),
        answer.revision() == null ? "-" : answer.revision());
  }

  /** Somebody who was not let in. */
  void refused(Doorkeeper.Visitor visitor, int status, String because) {
    log.warn(
        "refused who={} what={} status={} because=\"{}\"",
        visitor.who(),
        shown(visitor.what()),
        status,
        because);
  }

  /** A path as it may be logged before it is known what it names, the keys of clients hashed. */
  static String path(String raw) {
    Matcher client = CLIENT.matcher(decoded(raw));
    return client.matches()
        ? client.group(1) + "sha256:" + hash(client.group(2)) + client.group(3)
        : raw;
  }

  private static String decoded(String path) {
    try {
      return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return path; // and nothing that is served
    }
  }

  private static String what(RoutingContext context) {
    HttpMethod method = context.request().method();
    String path = context.currentRoute() == null ? "" : context.currentRoute().getPath();
    StringBuilder what = new StringBuilder(method + " " + (path == null ? "" : path));
    for (Map.Entry<String, String> parameter : context.pathParams().entrySet()) {
      String name = ":" + parameter.getKey();
      int at = what.indexOf(name);
      if (at >= 0) {
        boolean secret = parameter.getKey().equals("key");
        String value = secret ? "sha256:" + hash(parameter.getValue()) : parameter.getValue();
        what.replace(at, at + name.length(), value);
      }
    }
    String detail = context.get(DETAIL, "");
    return what
        + (Call.isDryRun(context) ? "?dryRun=true" : "")
        + (detail.isEmpty() ? "" : " " + detail);
  }

  /** On one line, in quotes, and not too long. */
  private static String shown(String text) {
    StringBuilder shown = new StringBuilder("\"");
    text.codePoints()
        .limit(MOST_SHOWN)
        .forEach(c -> shown.append(c < ' ' || c > '~' || c == '"' ? "?" : Character.toString(c)));
    return shown.append('"').toString();
  }

  private static String hash(String text) {
    try {
      byte[] sha256 =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sha256, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has it
    }
  }
}
