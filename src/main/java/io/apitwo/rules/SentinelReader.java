package io.apitwo.rules;

import io.apitwo.rules.Settings.RedisMode;
import io.apitwo.rules.Settings.Sentinel;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads how sentinels are asked: for which master, and as whom. */
final class SentinelReader {
  private static final String MASTER = "the name that the sentinels have for the master";
  private static final Pattern MASTER_FORM = Pattern.compile("[A-Za-z0-9._-]{1,255}");

  private final Field master;
  private final Field username;
  private final Field password;
  private final Field anonymous;

  /**
   * @param redis the section {@code store.redis}
   */
  SentinelReader(Fields redis) {
    master = redis.at("master");
    Fields login = redis.section("sentinel");
    username = login.at("username");
    password = login.at("password").secret();
    anonymous = login.at("anonymous");
    login.end();
  }

  List<Field> fields() {
    return List.of(master, username, password, anonymous);
  }

  void check(RedisMode meant) {
    if (meant == RedisMode.SENTINEL) {
      master.required(MASTER);
    } else {
      fields().stream()
          .filter(Field::given)
          .findFirst()
          .ifPresent(field -> field.refuse("store.redis.mode: sentinel beside it"));
    }
  }

  /**
   * @param serverUser of the servers' login, which the sentinels share unless they have their own
   * @param serverPassword the same
   * @return null in other modes, and without a usable name
   */
  @Nullable Sentinel read(
      RedisMode mode, @Nullable String serverUser, @Nullable String serverPassword) {
    String name = RedisReader.matching(master, MASTER_FORM, MASTER);
    String user = RedisReader.matching(username, RedisReader.USERNAME_FORM, RedisReader.USERNAME);
    String word = password.text(text -> text.isEmpty() ? null : text, RedisReader.PASSWORD);
    if (user != null && !password.given()) {
      password.refuse("a password for the user");
    }
    boolean none = anonymous.flag(false);
    if (none && (username.given() || password.given())) {
      anonymous.refuse("false beside a username or a password");
    }
    if (mode != RedisMode.SENTINEL || name == null) {
      return null;
    }
    boolean own = none || username.given() || password.given();
    return new Sentinel(name, own ? user : serverUser, own ? word : serverPassword);
  }
}
