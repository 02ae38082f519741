package io.apitwo.rules;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the text of a rules or settings file: never more of it than a document may have. */
public final class DocumentFile {
  private DocumentFile() {}

  /**
   * The whole text; of a file that is longer than any document may be, just enough to be refused
   * for it.
   *
   * @throws IOException when it cannot be read, or is not UTF-8
   */
  public static String read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(Yaml.MOST_BYTES + 1);
      return bytes.length > Yaml.MOST_BYTES
          ? new String(bytes, StandardCharsets.ISO_8859_1)
          : StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }
  }
}
