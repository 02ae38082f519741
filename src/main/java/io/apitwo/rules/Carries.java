package io.apitwo.rules;

import java.util.Set;

/**
 * A condition: a request carries one of some values.
 *
 * @param values at least one
 */
public record Carries(KeyPart part, Set<String> values) {
  public Carries {
    values = Set.copyOf(values);
  }
}
