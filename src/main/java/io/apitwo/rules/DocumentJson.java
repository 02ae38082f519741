package io.apitwo.rules;

/** Rewrites YAML documents as JSON. For any thread. */
public final class DocumentJson {
  private DocumentJson() {}

  /**
   * The same document as JSON, on one line, without comments; placeholders stay as they are.
   *
   * @param file what problems call the document
   * @throws InvalidDocumentException when it is no plain YAML
   */
  public static String of(String file, String text) throws InvalidDocumentException {
    Problems problems = new Problems();
    Node root = Yaml.read(file, text, problems);
    problems.check();
    return root == null ? "null" : JsonText.json(root);
  }
}
