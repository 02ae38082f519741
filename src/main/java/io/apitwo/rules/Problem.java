package io.apitwo.rules;

/**
 * One thing that is wrong with a document.
 *
 * @param file the document's name, or {@code environment}
 * @param line from 1; 0 where there is none
 * @param column from 1; 0 where there is none
 * @param path the place in the document, such as {@code limits.default.windows.minute}; empty for
 *     the whole
 * @param value what stands there, escaped and shortened; never a secret
 * @param expected what may stand there
 */
public record Problem(
    String file, int line, int column, String path, String value, String expected) {
  /** {@code FILE:LINE:COL: path: value (expected: …)}, as the command line prints it. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(file);
    if (line > 0) {
      text.append(':').append(line).append(':').append(column);
    }
    text.append(": ");
    if (!path.isEmpty()) {
      text.append(path).append(": ");
    }
    return text.append(value).append(" (expected: ").append(expected).append(')').toString();
  }
}
