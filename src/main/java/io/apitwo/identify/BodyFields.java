package io.apitwo.identify;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads one field of a small body: a JSON object's, or a form's. */
final class BodyFields {
  private static final JsonFactory JSON = new JsonFactory();

  private BodyFields() {}

  /**
   * A text, a whole number or a truth value that is there just once at the top level; null for
   * anything else. Numbers with a fraction or an exponent are none: {@code 7}, {@code 7.0} and
   * {@code 70e-1} may be one account to the upstream, and must not be three clients here.
   */
  static @Nullable String only(Request request, String name) {
    byte[] body = request.body();
    List<String> types = request.headers().values("content-type");
    if (body == null || types.size() != 1) {
      return null;
    }
    String type = types.get(0).split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (type.equals("application/x-www-form-urlencoded")) {
      return FormFields.only(new String(body, StandardCharsets.UTF_8), name);
    }
    return type.equals("application/json") || type.endsWith("+json") ? ofJson(body, name) : null;
  }

  private static @Nullable String ofJson(byte[] body, String name) {
    try (JsonParser parser = JSON.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      String value = null;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = parser.currentName().equals(name);
        JsonToken token = parser.nextToken();
        if (wanted && (value != null || !isKey(token))) {
          return null;
        }
        value = wanted ? text(parser) : value;
        parser.skipChildren();
      }
      boolean whole = parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null;
      return whole ? value : null;
    } catch (IOException e) {
      return null;
    }
  }

  private static boolean isKey(JsonToken token) {
    return token.isScalarValue()
        && token != JsonToken.VALUE_NULL
        && token != JsonToken.VALUE_NUMBER_FLOAT;
  }

  private static String text(JsonParser parser) throws IOException {
    String text = parser.getText();
    return parser.currentToken() == JsonToken.VALUE_NUMBER_INT && text.equals("-0") ? "0" : text;
  }
}
