package io.apitwo.rules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads a {@link Sample}, written in JSON or YAML. For any thread. */
public final class SampleDocument {
  private static final int MOST_TEXT = 8_192;
  private static final String WHOLE = "a mapping with url";
  private static final String A_URL = "a path such as /api?q=1, or a whole http or https URL";
  private static final String A_TEXT = "a text of at most " + MOST_TEXT + " characters";
  private static final String A_METHOD = "a method in upper case such as GET";
  private static final String AN_ADDRESS = "an IP address";

  private SampleDocument() {}

  /**
   * @param file what problems call the document
   * @throws InvalidDocumentException with every problem, in the order of the document
   */
  public static Sample parse(String file, String text) throws InvalidDocumentException {
    Problems problems = new Problems();
    Node root = Yaml.read(file, text, problems);
    Place start = root == null ? Place.root(file, 1, 1) : root.place();
    if (root == null) {
      throw problems.fatal(start, "an empty document", WHOLE);
    }
    Reading reading = new Reading(problems, new Placeholders(name -> null), Overrides.none());
    Sample sample = read(new Field(reading, start, root));
    problems.check();
    if (sample == null) {
      throw problems.fatal(start, "no mapping", WHOLE);
    }
    return sample;
  }

  private static @Nullable Sample read(Field document) {
    Fields fields = document.fields(WHOLE);
    if (fields == null) {
      return null;
    }
    String method = fields.at("method").word(Syntax::method, A_METHOD);
    String url = fields.at("url").required(A_URL).word(SampleDocument::url, A_URL);
    IpAddress address = fields.at("address").word(IpAddress::parse, AN_ADDRESS);
    Map<String, List<String>> headers = headers(fields.at("headers"));
    String body = fields.at("body").lines(SampleDocument::bounded, A_TEXT);
    Map<String, String> claims = claims(fields.at("claims"));
    String consumer = fields.at("consumer").word(Syntax::name, Syntax.A_NAME);
    fields.end();
    return new Sample(
        method == null ? "GET" : method,
        url == null ? "/" : url,
        address == null ? IpAddress.of(new byte[] {127, 0, 0, 1}) : address,
        headers,
        body,
        claims,
        consumer);
  }

  private static @Nullable String url(String text) {
    boolean known =
        text.startsWith("/") || text.startsWith("http://") || text.startsWith("https://");
    return known ? text : null;
  }

  private static @Nullable String bounded(String text) {
    return text.length() <= MOST_TEXT ? text : null;
  }

  private static Map<String, List<String>> headers(Field field) {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    for (Map.Entry<String, Field> header :
        keyed(field, name -> Syntax.header(name) != null, "the name of a request header")) {
      List<String> lines = new ArrayList<>();
      for (Field line : header.getValue().itemOrItems()) {
        String text = line.number(SampleDocument::bounded, A_TEXT);
        if (text != null) {
          lines.add(text);
        }
      }
      String name = Syntax.header(header.getKey());
      if (name != null) {
        headers.merge(
            name,
            List.copyOf(lines),
            (one, other) -> {
              List<String> all = new ArrayList<>(one);
              all.addAll(other);
              return List.copyOf(all);
            });
      }
    }
    return headers;
  }

  private static @Nullable Map<String, String> claims(Field field) {
    if (!field.given()) {
      return null;
    }
    Map<String, String> claims = new LinkedHashMap<>();
    for (Map.Entry<String, Field> claim : keyed(field, name -> !name.isEmpty(), "a claim's name")) {
      String text = claim.getValue().number(SampleDocument::bounded, A_TEXT);
      if (text != null) {
        claims.put(claim.getKey(), text);
      }
    }
    return claims;
  }

  private static Iterable<Map.Entry<String, Field>> keyed(
      Field field, Predicate<String> isKey, String expected) {
    Fields fields = field.fields("a mapping of names to values");
    return fields == null ? List.of() : fields.keyed(isKey, expected).entrySet();
  }
}
