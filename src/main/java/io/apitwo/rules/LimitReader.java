package io.apitwo.rules;

import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Window;
import io.apitwo.rules.LimitRule.Headers;
import io.apitwo.rules.LimitRule.Missing;
import io.apitwo.rules.QuotaReader.Quotas;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads one limit: to whom it applies, how it counts, and what clients are told. */
final class LimitReader {
  /** Policy names of the default limit: no other limit may look like one of its windows. */
  static final Set<String> RESERVED = windowWords();

  private static final int MOST_PARTS = 4;
  private static final String KEYS = "a list of 1 to " + MOST_PARTS + " parts of the client key";
  private static final String KEY = "address or {header: NAME}";
  private static final Map<String, Missing> MISSING = missingWords();
  private static final Duration MOST_JITTER = Duration.ofHours(1);

  private LimitReader() {}

  private static Set<String> windowWords() {
    Set<String> words = new LinkedHashSet<>();
    Arrays.stream(Window.values()).map(Window::word).forEach(words::add);
    return words;
  }

  private static Map<String, Missing> missingWords() {
    Map<String, Missing> words = new LinkedHashMap<>();
    words.put("address", Missing.ADDRESS);
    words.put("anonymous", Missing.ANONYMOUS);
    words.put("401", Missing.UNAUTHORIZED);
    return words;
  }

  /** Null for a limit that has a problem. */
  static @Nullable LimitRule read(Field field) {
    Fields fields = field.fields("a mapping with by and windows");
    if (fields == null) {
      return null;
    }
    List<KeyPart> by = by(fields.at("by").required(KEYS));
    Algorithm algorithm = algorithm(fields.at("algorithm"));
    Quotas quotas = QuotaReader.read(fields, algorithm);
    Accuracy accuracy = fields.at("accuracy").choice(Accuracy.EXACT);
    OnStoreFailure onStoreFailure = fields.at("onStoreFailure").choice(OnStoreFailure.LOCAL);
    Missing missing = fields.at("missing").choice(MISSING, Missing.ADDRESS);
    Duration jitter =
        fields.at("retryAfterJitter").duration(Duration.ZERO, MOST_JITTER, Duration.ZERO);
    Headers headers = headers(fields.section("headers"));
    fields.end();
    if (by.isEmpty() || algorithm == null || quotas.quotas().isEmpty()) {
      return null;
    }
    Limit limit =
        new Limit(
            field.name(), algorithm, quotas.quotas(), accuracy, onStoreFailure, quotas.phased());
    return new LimitRule(limit, by, missing, headers, jitter);
  }

  /** Null for an unknown one. */
  private static @Nullable Algorithm algorithm(Field field) {
    Map<String, @Nullable Algorithm> words = new LinkedHashMap<>();
    for (Algorithm algorithm : Algorithm.values()) {
      words.put(algorithm.word(), algorithm);
    }
    return field.given() ? field.choice(words, null) : Algorithm.FIXED;
  }

  private static List<KeyPart> by(Field list) {
    List<KeyPart> parts = new ArrayList<>();
    List<Field> items = list.someItems(KEYS);
    if (items.size() > MOST_PARTS) {
      list.refuse(KEYS);
      return parts;
    }
    for (Field item : items) {
      KeyPart part = part(item);
      if (part != null && parts.contains(part)) {
        item.refuse("each part once");
      } else if (part != null) {
        parts.add(part);
      }
    }
    return parts;
  }

  private static @Nullable KeyPart part(Field item) {
    if (!item.isMapping()) {
      return item.word(text -> text.equals("address") ? new KeyPart.Address() : null, KEY);
    }
    Fields fields = item.fields(KEY);
    Field header = fields.at("header").required("the name of a request header");
    fields.end();
    String name = header.text(Syntax::header, "the name of a request header");
    return name == null ? null : new KeyPart.Header(name);
  }

  private static Headers headers(Fields headers) {
    boolean ietf = headers.at("ietf").flag(true);
    boolean xRateLimit = headers.at("xRateLimit").flag(false);
    headers.end();
    return new Headers(ietf, xRateLimit);
  }
}
