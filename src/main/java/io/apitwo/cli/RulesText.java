package io.apitwo.cli;

import io.apitwo.rules.DocumentFile;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A rules file that is sent.
 *
 * @param name as the caller gave it
 * @param type for {@code Content-Type}
 */
record RulesText(String name, String type, String text) {
  static RulesText read(Path file) throws CommandFailedException {
    try {
      boolean json = file.toString().endsWith(".json");
      String type = json ? "application/json" : "application/yaml";
      return new RulesText(file.toString(), type, DocumentFile.read(file));
    } catch (IOException e) {
      throw new CommandFailedException(file + ": cannot be read (expected: a readable UTF-8 file)");
    }
  }
}
