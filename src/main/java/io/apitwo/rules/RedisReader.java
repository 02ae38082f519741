package io.apitwo.rules;

import io.apitwo.rules.Settings.Endpoint;
import io.apitwo.rules.Settings.Redis;
import io.apitwo.rules.Settings.RedisMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads where Redis is. A setting of its own wins over the same in the URL; where neither a URL nor
 * endpoints are set, the environment is asked.
 */
final class RedisReader {
  private static final String ENDPOINTS = "a list of at least one HOST:PORT";
  private static final String ENDPOINT =
      "HOST:PORT, with letters, digits, . and - in a name and [ ] around an IPv6 address";
  static final String USERNAME = "a name without spaces";
  static final String PASSWORD = "a text that is not empty";
  static final Pattern USERNAME_FORM = Pattern.compile("\\S{1,255}");

  private final Fields fields;
  private final Field url;
  private final Field mode;
  private final Field endpoints;
  private final SentinelReader sentinel;
  private final Field username;
  private final Field password;
  private final Field database;
  private final Field tls;
  private final Field caFile;

  RedisReader(Fields fields) {
    this.fields = fields;
    url = fields.at("url").secretUnless(RedisUrl::isHarmless);
    mode = fields.at("mode");
    endpoints = fields.at("endpoints").secretUnless(RedisUrl::isHarmless);
    sentinel = new SentinelReader(fields);
    username = fields.at("username");
    password = fields.at("password").secret();
    database = fields.at("database");
    tls = fields.at("tls");
    caFile = fields.at("caFile");
    fields.end();
  }

  /** For a store that is not Redis: whoever says something here must have meant it to be. */
  void refuse() {
    Stream.of(
            Stream.of(url, mode, endpoints),
            sentinel.fields().stream(),
            Stream.of(username, password, database, tls, caFile))
        .flatMap(given -> given)
        .filter(Field::given)
        .findFirst()
        .ifPresent(field -> field.refuse("store.type: redis beside it"));
  }

  Redis read() {
    RedisMode meant = mode.given() ? mode.choice(RedisMode.class) : RedisMode.STANDALONE;
    Field source = source(meant);
    RedisUrl found = found(source, meant);
    if (meant != null) {
      check(meant);
    }
    RedisMode chosen = meant == null ? RedisMode.STANDALONE : meant;
    boolean secure = tls(found);
    String name = username.given() ? matching(username, USERNAME_FORM, USERNAME) : found.username();
    String word = password(name, found);
    return new Redis(
        chosen,
        endpoints.given() ? endpoints() : List.of(found.endpoint()),
        sentinel.read(chosen, name, word),
        name,
        word,
        database(chosen, source, found),
        secure,
        caFile(secure));
  }

  /** What gives the URL; sentinels are always named. */
  private Field source(@Nullable RedisMode meant) {
    return url.given() || endpoints.given() || meant == RedisMode.SENTINEL
        ? url
        : fields.variable("REDIS_URL").secretUnless(RedisUrl::isHarmless);
  }

  private RedisUrl found(Field source, @Nullable RedisMode meant) {
    RedisUrl found = source.text(RedisUrl::parse, RedisUrl.EXPECTED);
    Field host = fields.variable("REDIS_SERVICE_HOST");
    if (source.given() || endpoints.given() || meant == RedisMode.SENTINEL || !host.given()) {
      return found == null ? RedisUrl.local() : found;
    }
    String name = host.text(Syntax::host, Syntax.A_HOST);
    long port = fields.variable("REDIS_SERVICE_PORT").integer(1, 65_535, RedisUrl.PORT);
    return name == null ? RedisUrl.local() : RedisUrl.of(new Endpoint(name, (int) port));
  }

  private void check(RedisMode meant) {
    boolean watched = meant == RedisMode.SENTINEL;
    if (url.given() && endpoints.given()) {
      endpoints.refuse("either a url or endpoints");
    } else if (watched && url.given()) {
      url.refuse("store.redis.endpoints, those of the sentinels, instead");
    } else if (watched) {
      endpoints.required(ENDPOINTS + " of a sentinel");
    } else if (meant == RedisMode.STANDALONE && endpoints.given()) {
      endpoints.refuse("store.redis.url instead, or store.redis.mode: sentinel or cluster");
    }
    sentinel.check(meant);
  }

  private List<Endpoint> endpoints() {
    List<Endpoint> all = new ArrayList<>();
    for (Field item : endpoints.someItems(ENDPOINTS)) {
      Endpoint endpoint = item.text(text -> RedisUrl.endpoint(text, 0), ENDPOINT);
      if (endpoint != null) {
        all.add(endpoint);
      }
    }
    return all;
  }

  private @Nullable String password(@Nullable String name, RedisUrl found) {
    String value =
        password.given()
            ? password.text(text -> text.isEmpty() ? null : text, PASSWORD)
            : found.password();
    if (name != null && value == null && !password.given()) {
      password.refuse("a password for the user");
    }
    return value;
  }

  private int database(RedisMode chosen, Field source, RedisUrl found) {
    int value = (int) database.integer(0, RedisUrl.MOST_DATABASE, found.database());
    if (value != 0 && chosen == RedisMode.CLUSTER) {
      (database.given() ? database : source).refuse("database 0 on a Redis Cluster");
    }
    return value;
  }

  private boolean tls(RedisUrl found) {
    boolean value = tls.flag(found.tls());
    if (found.tls() && !value) {
      tls.refuse("true with a rediss:// URL");
    }
    return value;
  }

  private @Nullable Path caFile(boolean secure) {
    if (caFile.given() && !secure) {
      caFile.refuse("store.redis.tls: true or a rediss:// URL beside it");
      return null;
    }
    return caFile.text(Syntax::path, "the path of a file");
  }

  static @Nullable String matching(Field field, Pattern form, String expected) {
    return field.text(text -> form.matcher(text).matches() ? text : null, expected);
  }
}
