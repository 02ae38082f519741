package io.apitwo.rules;

import io.apitwo.rules.Clients.Missing;
import io.apitwo.rules.KeyPart.ApiKey.Carrier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads what tells the clients of a limit apart. */
final class ClientsReader {
  private static final int MOST_PARTS = 4;
  private static final int MOST_NAME = 128;
  private static final String KEYS =
      "a list of 1 to " + MOST_PARTS + " parts of the client key, or {first: LIST}";
  private static final String KEY =
      "address, route, method, host, or one of {header: NAME}, {cookie: NAME}, {query: NAME},"
          + " {path: NAME}, {claim: NAME}, {body: NAME}, {apiKey: {header: NAME}},"
          + " {apiKey: {query: NAME}}, {constant: TEXT}";
  private static final String A_HEADER = "the name of a request header";
  private static final String A_PARAMETER = "a name of 1 to " + MOST_NAME + " characters";
  private static final String A_CARRIER = "{header: NAME} or {query: NAME}";

  private static final Map<String, KeyPart> WORDS =
      Map.of(
          "address", new KeyPart.Address(),
          "route", new KeyPart.RouteId(),
          "method", new KeyPart.Method(),
          "host", new KeyPart.Host());

  private static final Map<String, Missing> MISSING = missingWords();

  private ClientsReader() {}

  private static Map<String, Missing> missingWords() {
    Map<String, Missing> words = new LinkedHashMap<>();
    words.put("address", Missing.ADDRESS);
    words.put("anonymous", Missing.ANONYMOUS);
    words.put("401", Missing.UNAUTHORIZED);
    return words;
  }

  /** Null where there is a problem. */
  static @Nullable Clients read(Field by, Field missing) {
    Missing standIn = missing.choice(MISSING, Missing.ADDRESS);
    Field given = by.required(KEYS);
    Field list = given;
    if (given.isMapping()) {
      Fields fields = given.fields(KEYS);
      list = fields.at("first").required(KEYS);
      fields.end();
    }
    List<KeyPart> parts = parts(list);
    return parts.isEmpty() ? null : new Clients(parts, list != given, standIn);
  }

  private static List<KeyPart> parts(Field list) {
    List<KeyPart> parts = new ArrayList<>();
    List<Field> items = list.someItems(KEYS);
    if (items.size() > MOST_PARTS) {
      list.refuse(KEYS);
      return parts;
    }
    for (Field item : items) {
      KeyPart part = item.isMapping() ? named(item) : item.word(WORDS::get, KEY);
      if (part != null && parts.contains(part)) {
        item.refuse("each part once");
      } else if (part != null) {
        parts.add(part);
      }
    }
    return parts;
  }

  private static @Nullable KeyPart named(Field item) {
    Fields fields = item.fields(KEY);
    List<@Nullable KeyPart> parts = new ArrayList<>();
    read(fields.at("header"), parts, A_HEADER, Syntax::header, KeyPart.Header::new);
    read(fields.at("cookie"), parts, A_PARAMETER, Syntax::token, KeyPart.Cookie::new);
    read(fields.at("query"), parts, A_PARAMETER, ClientsReader::name, KeyPart.Query::new);
    read(fields.at("path"), parts, Syntax.A_NAME, Syntax::name, KeyPart.PathParameter::new);
    read(fields.at("claim"), parts, A_PARAMETER, ClientsReader::name, KeyPart.Claim::new);
    read(fields.at("body"), parts, A_PARAMETER, ClientsReader::name, KeyPart.Body::new);
    read(fields.at("constant"), parts, A_PARAMETER, ClientsReader::name, KeyPart.Constant::new);
    Field apiKey = fields.at("apiKey");
    if (apiKey.given()) {
      parts.add(apiKey(apiKey));
    }
    fields.end();
    if (parts.size() != 1 && !fields.isUnknown()) {
      item.refuse(KEY);
    }
    return parts.size() == 1 ? parts.get(0) : null;
  }

  private static void read(
      Field field,
      List<@Nullable KeyPart> to,
      String expected,
      Function<String, @Nullable String> parse,
      Function<String, KeyPart> part) {
    if (field.given()) {
      String name = field.text(parse, expected);
      to.add(name == null ? null : part.apply(name));
    }
  }

  private static @Nullable String name(String text) {
    return text.isEmpty() || text.length() > MOST_NAME ? null : text;
  }

  private static @Nullable KeyPart apiKey(Field field) {
    Fields fields = field.fields(A_CARRIER);
    if (fields == null) {
      return null;
    }
    Field header = fields.at("header");
    Field query = fields.at("query");
    fields.end();
    if (header.given() == query.given()) {
      if (!fields.isUnknown()) {
        field.refuse(A_CARRIER);
      }
      return null;
    }
    if (header.given()) {
      String name = header.text(Syntax::header, A_HEADER);
      return name == null ? null : new KeyPart.ApiKey(Carrier.HEADER, name);
    }
    String name = query.text(ClientsReader::name, A_PARAMETER);
    return name == null ? null : new KeyPart.ApiKey(Carrier.QUERY, name);
  }
}
