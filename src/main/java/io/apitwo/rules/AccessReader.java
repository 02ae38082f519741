package io.apitwo.rules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads plans, the lists of clients that are let through or kept out, and the quota path. */
final class AccessReader {
  private static final int MOST_VALUE = 256;
  private static final String PLANS = "a mapping of names to plans";
  private static final String A_LIST =
      "a list of addresses, blocks such as 10.0.0.0/8, and conditions such as {consumer: acme}";
  private static final String A_CONDITION =
      "one of {claim: {NAME: VALUE}}, {header: {NAME: VALUE}}, {consumer: NAME}, {host: NAME}";
  private static final String A_BLOCK = "an address, or a block such as 10.0.0.0/8";
  private static final String A_VALUE = "a text of 1 to " + MOST_VALUE + " characters";
  private static final String A_PATH = "a path without * such as /quota";

  private AccessReader() {}

  /**
   * @param limits every name of the document
   */
  static Access read(Fields document, Map<String, @Nullable LimitRule> limits) {
    List<Plan> plans = plans(document.at("plans"), limits);
    ClientList allow = list(document.at("allow"));
    ClientList deny = list(document.at("deny"));
    String quotaPath = document.at("quotaPath").text(AccessReader::path, A_PATH);
    return new Access(plans, allow, deny, quotaPath);
  }

  private static @Nullable String path(String text) {
    PathPattern pattern = PathPattern.parse(text);
    return pattern == null || !pattern.isLiteral() ? null : text;
  }

  private static List<Plan> plans(Field field, Map<String, @Nullable LimitRule> limits) {
    List<Plan> plans = new ArrayList<>();
    Fields named = field.fields(PLANS);
    if (named == null) {
      return plans;
    }
    for (Field item : named.named(Set.of())) {
      Fields fields = item.fields("a mapping with when and limits");
      if (fields != null) {
        List<Carries> when = conditions(fields.at("when"));
        plans.add(new Plan(item.name(), when, limits(fields.at("limits"), limits)));
        fields.end();
      }
    }
    return plans;
  }

  /** A plan changes limits that routes name; one of its own would apply nowhere. */
  private static Map<String, LimitRule> limits(
      Field field, Map<String, @Nullable LimitRule> known) {
    Map<String, LimitRule> limits = new LinkedHashMap<>();
    Fields named = field.fields("a mapping of names of limits to limits");
    if (named == null) {
      return limits;
    }
    for (Field item : named.named(LimitReader.RESERVED)) {
      if (!known.containsKey(item.name())) {
        String names = known.isEmpty() ? "" : ": " + Spelling.oneOf(item.name(), known.keySet());
        item.refuse("under the name of a limit of the document" + names);
      }
      LimitRule rule = LimitReader.read(item);
      if (rule != null) {
        limits.put(item.name(), rule);
      }
    }
    return limits;
  }

  private static ClientList list(Field field) {
    List<Cidr> blocks = new ArrayList<>();
    List<Carries> clients = new ArrayList<>();
    for (Field item : field.items(A_LIST)) {
      if (!item.isMapping()) {
        Cidr block = item.text(Cidr::parse, A_BLOCK);
        if (block != null) {
          blocks.add(block);
        }
        continue;
      }
      List<Carries> conditions = conditions(item);
      if (conditions.size() == 1) {
        clients.add(conditions.get(0));
      } else if (conditions.size() > 1) {
        item.refuse(A_CONDITION);
      }
    }
    return new ClientList(blocks, clients);
  }

  private static List<Carries> conditions(Field field) {
    List<Carries> conditions = new ArrayList<>();
    Fields fields = field.fields(A_CONDITION);
    if (fields == null) {
      return conditions;
    }
    named(fields.at("claim"), conditions, text -> text, KeyPart.Claim::new);
    named(fields.at("header"), conditions, Syntax::header, KeyPart.Header::new);
    add(fields.at("consumer"), conditions, new KeyPart.Consumer());
    add(fields.at("host"), conditions, new KeyPart.Host());
    fields.end();
    if (fields.isEmpty()) {
      field.refuse(A_CONDITION);
    }
    return conditions;
  }

  private static void named(
      Field field,
      List<Carries> to,
      Function<String, @Nullable String> parse,
      Function<String, KeyPart> part) {
    Fields names = field.fields("a mapping of names to values");
    if (names == null) {
      return;
    }
    if (names.isEmpty()) {
      field.refuse("a mapping of at least one name to values");
    }
    names
        .keyed(
            name -> !name.isEmpty() && name.length() <= 128 && parse.apply(name) != null, "a name")
        .forEach(
            (name, values) -> {
              String parsed = parse.apply(name);
              if (parsed != null) {
                add(values, to, part.apply(parsed));
              }
            });
  }

  private static void add(Field field, List<Carries> to, KeyPart part) {
    if (!field.given()) {
      return;
    }
    Set<String> values = new LinkedHashSet<>();
    for (Field item : field.itemOrItems()) {
      String value =
          item.text(text -> text.isEmpty() || text.length() > MOST_VALUE ? null : text, A_VALUE);
      if (value != null) {
        values.add(value);
      }
    }
    if (!values.isEmpty()) {
      to.add(new Carries(part, values));
    }
  }
}
