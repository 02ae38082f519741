package io.apitwo.decide;

import io.apitwo.bus.Answer;
import io.apitwo.limit.Grant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The limiter's answers until they are sent. Confined to the limiter's thread. */
final class Outbox {
  private final Limiter.Outside outside;
  private Map<String, List<Answer>> waiting = new HashMap<>();

  Outbox(Limiter.Outside outside) {
    this.outside = outside;
  }

  /**
   * Answers a loop's ask with the next delivery.
   *
   * @param grant null when nobody could say
   */
  void add(Lane.Part part, @Nullable Grant grant) {
    waiting
        .computeIfAbsent(part.replyTo(), to -> new ArrayList<>())
        .add(new Answer(part.ask().ticket(), grant));
  }

  /** One message to each loop that something was decided for. */
  void deliver() {
    if (waiting.isEmpty()) {
      return;
    }
    Map<String, List<Answer>> sent = waiting;
    waiting = new HashMap<>();
    sent.forEach(outside::answer);
  }
}
