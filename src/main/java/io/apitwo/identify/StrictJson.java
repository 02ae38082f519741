package io.apitwo.identify;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON objects that somebody else will read as well: one that could be read in two ways, such
 * as with a name twice, is not read at all. Safe on any thread.
 */
final class StrictJson {
  private static final int MOST_DEPTH = 16;
  private static final int MOST_DIGITS = 32;
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MOST_DEPTH)
                  .maxNumberLength(MOST_DIGITS)
                  .build())
          .build();

  private static final Object NULL =
      new Object() {
        @Override
        public String toString() {
          return "null";
        }
      };

  private StrictJson() {}

  /**
   * The members of an object: maps, lists, strings, booleans, {@code Long}s for integers, {@code
   * Double}s for other numbers, and for null an object that is none of these.
   *
   * @return null for anything but one whole object in UTF-8
   */
  static @Nullable Map<String, Object> object(byte[] utf8) {
    try (JsonParser parser = FACTORY.createParser(text(utf8))) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      Map<String, Object> object = members(parser);
      return parser.nextToken() == null ? object : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** A copy of what {@link #object} made, and of any such values, with null for null. */
  static Map<String, Object> withNulls(Map<String, Object> object) {
    Map<String, Object> copy = new HashMap<>();
    object.forEach((name, value) -> copy.put(name, withNulls(value)));
    return copy;
  }

  @SuppressWarnings("unchecked") // the keys of a JSON object are texts
  private static @Nullable Object withNulls(@Nullable Object value) {
    if (value instanceof Map<?, ?> object) {
      return withNulls((Map<String, Object>) object);
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> copy = new ArrayList<>();
      list.forEach(item -> copy.add(withNulls(item)));
      return copy;
    }
    return value == NULL ? null : value;
  }

  private static String text(byte[] utf8) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
  }

  private static Map<String, Object> members(JsonParser parser) throws IOException {
    Map<String, Object> members = new HashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      members.put(name, value(parser));
    }
    return Collections.unmodifiableMap(members);
  }

  private static Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> members(parser);
      case START_ARRAY -> items(parser);
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE -> Boolean.TRUE;
      case VALUE_FALSE -> Boolean.FALSE;
      case VALUE_NUMBER_INT -> integer(parser);
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      default -> NULL;
    };
  }

  private static Number integer(JsonParser parser) throws IOException {
    return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
        ? (Number) parser.getDoubleValue()
        : (Number) parser.getLongValue();
  }

  private static List<Object> items(JsonParser parser) throws IOException {
    List<Object> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(value(parser));
    }
    return Collections.unmodifiableList(items);
  }
}
