package io.apitwo.bus;

import io.apitwo.limit.Subject;
import java.util.List;

/**
 * Asks the limiter to have the store forget what clients have used. The loops hear of it by {@link
 * Forget}.
 */
public record Reset(List<Subject> subjects) {
  public Reset {
    subjects = List.copyOf(subjects);
  }
}
