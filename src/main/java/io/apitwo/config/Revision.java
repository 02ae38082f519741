package io.apitwo.config;

import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.Rules;
import io.apitwo.rules.RulesDocument;

/**
 * A numbered, compiled rules document.
 *
 * @param number from 1; a later revision has a larger number; 0 before the authority gave it one
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
    return new Revision(number, Entry.sha256(text), source, text, rules);
  }

  /** The same under another number. */
  public Revision numbered(long other) {
    return new Revision(other, sha256, source, text, rules);
  }
}
