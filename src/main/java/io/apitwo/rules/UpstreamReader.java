package io.apitwo.rules;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads one upstream: {@code {builtin: echo}}, or servers with their timeouts. */
final class UpstreamReader {
  private static final String EXPECTED = "a mapping with either builtin or targets";
  private static final String TARGETS = "a list of at least one URL";
  private static final String TARGET = "http://HOST[:PORT] or https://HOST[:PORT], without a path";
  private static final Duration LEAST = Duration.ofMillis(1);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration MOST_CONNECT_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration MOST_TIMEOUT = Duration.ofHours(1);

  private UpstreamReader() {}

  static Upstream read(Field field) {
    String name = field.name();
    Fields fields = field.fields(EXPECTED);
    if (fields == null) {
      return new Upstream.Echo(name);
    }
    Field builtin = fields.at("builtin");
    Field urls = fields.at("targets");
    Field connectTimeout = fields.at("connectTimeout");
    Field timeout = fields.at("timeout");
    fields.end();
    if (builtin.given() == urls.given()) {
      field.refuse(builtin.given() ? "both" : "neither", "either builtin or targets");
    }
    if (builtin.given()) {
      for (Field other : List.of(connectTimeout, timeout)) {
        if (other.given()) {
          other.refuse("only beside targets");
        }
      }
      return builtin.choice(Map.of("echo", new Upstream.Echo(name)), new Upstream.Echo(name));
    }
    return new Upstream.Servers(
        name,
        targets(urls),
        connectTimeout.duration(LEAST, MOST_CONNECT_TIMEOUT, CONNECT_TIMEOUT),
        timeout.duration(LEAST, MOST_TIMEOUT, TIMEOUT));
  }

  private static List<Upstream.Target> targets(Field urls) {
    List<Upstream.Target> targets = new ArrayList<>();
    for (Field url : urls.someItems(TARGETS)) {
      Upstream.Target target = url.text(Syntax::target, TARGET);
      if (target != null) {
        targets.add(target);
      }
    }
    return targets;
  }
}
