package io.apitwo.rules;

import io.apitwo.rules.Settings.Endpoint;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a URL says about Redis: {@code redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]}, {@code
 * rediss://} for TLS. User and password are percent-encoded in it.
 *
 * @param username null for none, like an empty one
 * @param password null for none, like an empty one
 */
record RedisUrl(
    boolean tls,
    @Nullable String username,
    @Nullable String password,
    Endpoint endpoint,
    int database) {
  static final String EXPECTED =
      "redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], or rediss:// for TLS; no _ in HOST, special"
          + " characters of a password as %XX";
  static final int PORT = 6_379;
  static final int MOST_DATABASE = 65_535;

  private static final Pattern FORM =
      Pattern.compile("(rediss?)://(?:([^/?#@\\s]*)@)?([^/?#@\\s]+)(?:/([0-9]{1,5})?)?");

  /** No place in it can hold a password, even if it was meant to be a URL. */
  private static final Pattern HARMLESS =
      Pattern.compile(
          "([a-z]{1,10}://)?(\\[[0-9a-fA-F:.]*]|[A-Za-z0-9._-]*)(:[0-9]{0,5})?(/[0-9]*)?");

  /** The same machine, as where nothing else is said. */
  static RedisUrl local() {
    return of(new Endpoint("127.0.0.1", PORT));
  }

  static RedisUrl of(Endpoint endpoint) {
    return new RedisUrl(false, null, null, endpoint, 0);
  }

  static boolean isHarmless(String text) {
    return HARMLESS.matcher(text).matches();
  }

  /** Null for what is no such URL. */
  static @Nullable RedisUrl parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    Endpoint endpoint = endpoint(matcher.group(3), PORT);
    int database = matcher.group(4) == null ? 0 : Integer.parseInt(matcher.group(4));
    String credentials = matcher.group(2) == null ? "" : matcher.group(2);
    int colon = credentials.indexOf(':');
    String username = decoded(colon < 0 ? credentials : credentials.substring(0, colon));
    String password = decoded(credentials.substring(colon < 0 ? credentials.length() : colon + 1));
    if (endpoint == null || database > MOST_DATABASE || username == null || password == null) {
      return null;
    }
    boolean tls = matcher.group(1).equals("rediss");
    return new RedisUrl(tls, nonEmpty(username), nonEmpty(password), endpoint, database);
  }

  /** {@code HOST:PORT}; only hosts that Java's URLs allow, which have no underscore. */
  static @Nullable Endpoint endpoint(String text, int otherwise) {
    Endpoint endpoint = Syntax.endpoint(text, otherwise);
    try {
      boolean usable = endpoint != null && new URI("redis://" + endpoint).getHost() != null;
      return usable ? endpoint : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  private static @Nullable String decoded(String text) {
    try {
      String decoded = URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
      return Syntax.hasControls(decoded) ? null : decoded;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static @Nullable String nonEmpty(String text) {
    return text.isEmpty() ? null : text;
  }

  /** Without user and password. */
  @Override
  public String toString() {
    return (tls ? "rediss://" : "redis://") + endpoint + "/" + database;
  }
}
