package io.apitwo.rules;

import org.jspecify.annotations.Nullable;

/**
 * What an operator asks for a single client: {@code {"factor": 2, "seconds": 3600}}, or without a
 * factor that it be kept out.
 *
 * @param factor 0.01 to 1000; 1 where none is asked for
 * @param seconds 1 to {@value #MOST_SECONDS}: 31 days
 */
public record ClientOrder(double factor, long seconds) {
  public static final long MOST_SECONDS = 31L * 86_400;
  private static final String A_FACTOR = "a number from 0.01 to 1000";
  private static final String A_TIME = "an integer from 1 to " + MOST_SECONDS;

  /** Reads an order to multiply a client's limits. */
  public static ClientOrder boost(String text) throws InvalidDocumentException {
    return parse(text, true);
  }

  /** Reads an order to keep a client out. */
  public static ClientOrder block(String text) throws InvalidDocumentException {
    return parse(text, false);
  }

  private static ClientOrder parse(String text, boolean boosts) throws InvalidDocumentException {
    String whole = boosts ? "an object with factor and seconds" : "an object with seconds";
    Problems problems = new Problems();
    Node root = Yaml.read("order", text, problems);
    Place start = root == null ? Place.root("order", 1, 1) : root.place();
    if (root == null) {
      throw problems.fatal(start, "an empty document", whole);
    }
    Reading reading = new Reading(problems, new Placeholders(name -> null), Overrides.none());
    Fields fields = new Field(reading, start, root).fields(whole);
    ClientOrder order = new ClientOrder(1, 1);
    if (fields != null) {
      Double factor =
          boosts
              ? fields.at("factor").required(A_FACTOR).number(ClientOrder::factor, A_FACTOR)
              : null;
      long seconds = fields.at("seconds").required(A_TIME).integer(1, MOST_SECONDS, 1);
      fields.end();
      order = new ClientOrder(factor == null ? 1 : factor, seconds);
    }
    problems.check();
    return order;
  }

  private static @Nullable Double factor(String text) {
    if (!text.matches("[0-9]{1,4}([.][0-9]{1,9})?")) {
      return null;
    }
    double factor = Double.parseDouble(text);
    return factor >= 0.01 && factor <= 1_000 ? factor : null;
  }
}
