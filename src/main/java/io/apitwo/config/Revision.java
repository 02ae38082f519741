package io.apitwo.config;

import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.Rules;
import io.apitwo.rules.RulesDocument;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A numbered, compiled rules document.
 *
 * @param number from 1; a later revision has a larger number
 * @param sha256 of the text, in lower-case hex
 * @param source where the text came from, for people
 * @param text the document as it was given
 */
public record Revision(long number, String sha256, String source, String text, Rules rules) {

  /**
   * Compiles a text.
   *
   * @throws InvalidDocumentException when anything is wrong with it
   */
  public static Revision compile(long number, String source, String text)
      throws InvalidDocumentException {
    Rules rules = RulesDocument.parse(source, text, System::getenv);
    return new Revision(number, sha256(text), source, text, rules);
  }

  private static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has it
    }
  }
}
