package io.apitwo.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.Problem;
import java.io.IOException;
import java.util.List;

/** Whether a text that is sent as JSON is JSON: rules are read as YAML, which takes more. */
final class JsonSyntax {
  private static final JsonFactory FACTORY = new JsonFactory();

  private JsonSyntax() {}

  /**
   * @param file what the problem calls the text
   * @throws InvalidDocumentException when it is not; quotes nothing of it
   */
  static void check(String file, String text) throws InvalidDocumentException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      int values = 0;
      int depth = 0;
      for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        values += depth == 0 ? 1 : 0;
        if (values > 1) {
          throw invalid(file, parser.currentTokenLocation());
        }
      }
    } catch (JsonProcessingException e) {
      throw invalid(file, e.getLocation());
    } catch (IOException e) {
      throw new IllegalStateException("a text cannot fail to be read", e);
    }
  }

  private static InvalidDocumentException invalid(String file, JsonLocation at) {
    int line = at == null ? 1 : at.getLineNr();
    int column = at == null ? 1 : at.getColumnNr();
    return new InvalidDocumentException(
        List.of(new Problem(file, line, column, "", "not understood", "JSON")));
  }
}
