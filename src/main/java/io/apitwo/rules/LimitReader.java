package io.apitwo.rules;

import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Window;
import io.apitwo.rules.QuotaReader.Quotas;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads one limit: to whom it applies, how it counts, what comes of it, what clients are told. */
final class LimitReader {
  /** Policy names of the default limit: no other limit may look like one of its windows. */
  static final Set<String> RESERVED = windowWords();

  private static final int MOST_CLIENT = 128;
  private static final int MOST_OVERRIDES = 10_000;
  private static final String A_LIMIT = "a mapping with by and windows";
  private static final String OVERRIDES =
      "a mapping of at most " + MOST_OVERRIDES + " client keys to what they are allowed";
  private static final String A_CLIENT =
      "a client key of 1 to " + MOST_CLIENT + " printable characters without spaces";

  private LimitReader() {}

  private static Set<String> windowWords() {
    Set<String> words = new LinkedHashSet<>();
    Arrays.stream(Window.values()).map(Window::word).forEach(words::add);
    return words;
  }

  /** Null for a limit that has a problem. */
  static @Nullable LimitRule read(Field field) {
    Fields fields = field.fields(A_LIMIT);
    if (fields == null) {
      return null;
    }
    Clients clients = ClientsReader.read(fields.at("by"), fields.at("missing"));
    Algorithm algorithm = algorithm(fields.at("algorithm"));
    Quotas quotas = QuotaReader.read(fields, algorithm);
    Accuracy accuracy = fields.at("accuracy").choice(Accuracy.EXACT);
    OnStoreFailure onStoreFailure = fields.at("onStoreFailure").choice(OnStoreFailure.LOCAL);
    Told told = ToldReader.read(fields);
    Effect effect = effect(fields, algorithm);
    Limit limit =
        algorithm == null || quotas.quotas().isEmpty()
            ? null
            : new Limit(
                field.name(),
                algorithm,
                quotas.quotas(),
                accuracy,
                onStoreFailure,
                quotas.phased(),
                algorithm == Algorithm.FIXED && !effect.refundOn().isEmpty());
    Map<String, Limit> overrides = overrides(fields.at("overrides"), limit);
    fields.end();
    return clients == null || limit == null
        ? null
        : new LimitRule(limit, overrides, clients, effect, told);
  }

  /** Null for an unknown one. */
  private static @Nullable Algorithm algorithm(Field field) {
    Map<String, @Nullable Algorithm> words = new LinkedHashMap<>();
    for (Algorithm algorithm : Algorithm.values()) {
      words.put(algorithm.word(), algorithm);
    }
    return field.given() ? field.choice(words, null) : Algorithm.FIXED;
  }

  /** What was spent of other algorithms comes back by itself, and would then be there twice. */
  private static Effect effect(Fields fields, @Nullable Algorithm algorithm) {
    boolean shadow = fields.at("shadow").flag(false);
    Field list = fields.at("refundOn");
    Set<String> words = new LinkedHashSet<>();
    for (Field item : list.someItems("a list of statuses")) {
      String word = item.number(Statuses::word, Statuses.EXPECTED);
      if (word != null && !words.add(word)) {
        item.refuse("each status once");
      }
    }
    if (!words.isEmpty() && algorithm != null && algorithm != Algorithm.FIXED) {
      list.refuse("only with the algorithm fixed");
    }
    return new Effect(shadow, new Statuses(words));
  }

  private static Map<String, Limit> overrides(Field field, @Nullable Limit limit) {
    Map<String, Limit> overrides = new LinkedHashMap<>();
    Fields clients = field.fields(OVERRIDES);
    if (clients == null) {
      return overrides;
    }
    Map<String, Field> byClient = clients.keyed(LimitReader::isClient, A_CLIENT);
    if (byClient.size() > MOST_OVERRIDES) {
      field.refuse(OVERRIDES);
    }
    byClient.forEach(
        (client, own) -> {
          Fields fields = own.fields("a mapping with the limit's quotas");
          if (fields != null) {
            Quotas quotas = QuotaReader.read(fields, limit == null ? null : limit.algorithm());
            fields.end();
            if (limit != null && !quotas.quotas().isEmpty()) {
              overrides.put(client, limit.with(quotas.quotas()));
            }
          }
        });
    return overrides;
  }

  private static boolean isClient(String text) {
    return !text.isEmpty()
        && text.length() <= MOST_CLIENT
        && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }
}
