package io.apitwo.rules;

import io.apitwo.rules.Settings.Endpoint;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How the small things in documents are written. */
final class Syntax {
  static final String A_NAME = "a name of 1 to 63 letters, digits, _ and -";
  static final String A_HOST = "a host name or an IP address";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,62}");
  private static final Pattern DURATION = Pattern.compile("(0|[1-9][0-9]{0,9})(ms|s|m|h)");
  private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,18}");
  private static final Pattern HTTP_TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}");
  private static final Pattern METHOD = Pattern.compile("[A-Z][A-Z0-9_-]{0,31}");
  private static final Pattern HOST_NAME =
      Pattern.compile(
          "(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*");
  private static final Pattern TARGET = Pattern.compile("(https?)://([^/]*)/?");
  private static final Pattern ENDPOINT =
      Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^\\[\\]/:@?#]+)(?::([0-9]{1,5}))?");

  private static final Map<String, Duration> UNITS =
      Map.of(
          "ms", Duration.ofMillis(1),
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1));

  private Syntax() {}

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  static @Nullable String name(String text) {
    return isName(text) ? text : null;
  }

  static boolean hasControls(String text) {
    return text.chars().anyMatch(Character::isISOControl);
  }

  static @Nullable Long integer(String text) {
    return INTEGER.matcher(text).matches() ? Long.valueOf(text) : null;
  }

  static @Nullable Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    return matcher.matches()
        ? UNITS.get(matcher.group(2)).multipliedBy(Long.parseLong(matcher.group(1)))
        : null;
  }

  /** A duration as documents write it, in its largest whole unit. */
  static String written(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 1_000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1_000;
    if (seconds % 60 != 0 || seconds == 0) {
      return seconds + "s";
    }
    return seconds % 3_600 == 0 ? seconds / 3_600 + "h" : seconds / 60 + "m";
  }

  /** A word of RFC 9110, such as a cookie's name. */
  static @Nullable String token(String text) {
    return HTTP_TOKEN.matcher(text).matches() ? text : null;
  }

  /** A header's name in lower case. */
  static @Nullable String header(String text) {
    return HTTP_TOKEN.matcher(text).matches() ? text.toLowerCase(Locale.ROOT) : null;
  }

  static @Nullable String method(String text) {
    return METHOD.matcher(text).matches() ? text : null;
  }

  static boolean isHostName(String text) {
    return HOST_NAME.matcher(text).matches();
  }

  /** A host name, or an address literal without brackets. */
  static @Nullable String host(String text) {
    return isHostName(text) || IpAddress.parse(text) != null ? withoutBrackets(text) : null;
  }

  private static String withoutBrackets(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  static @Nullable Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  static @Nullable Path path(String text) {
    try {
      return text.isBlank() ? null : Path.of(text);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  /** {@code http://host[:port]} or {@code https://host[:port]}. */
  static Upstream.@Nullable Target target(String url) {
    Matcher matcher = TARGET.matcher(url);
    if (!matcher.matches()) {
      return null;
    }
    boolean tls = matcher.group(1).equals("https");
    Endpoint endpoint = endpoint(matcher.group(2), tls ? 443 : 80);
    return endpoint == null ? null : new Upstream.Target(tls, endpoint.host(), endpoint.port());
  }

  /** {@code HOST[:PORT]}, with the host in lower case. */
  static @Nullable Endpoint endpoint(String text, int otherwise) {
    Matcher matcher = ENDPOINT.matcher(text);
    String host = matcher.matches() ? host(matcher.group(1)) : null;
    if (host == null) {
      return null;
    }
    String digits = matcher.group(2);
    int port = digits == null ? otherwise : Integer.parseInt(digits);
    boolean valid = port >= 1 && port <= 65_535;
    return valid ? new Endpoint(host.toLowerCase(Locale.ROOT), port) : null;
  }
}
