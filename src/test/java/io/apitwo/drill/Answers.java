package io.apitwo.drill;

import io.apitwo.limit.Window;
import java.util.List;
import java.util.function.Predicate;

/** What a load was answered, in the order of completion. */
record Answers(List<Answer> all) {
  static final int FAILED = 0;

  /**
   * One request.
   *
   * @param node the port of the gateway that was asked
   * @param sentMillis when it was written, in epoch milliseconds
   * @param doneMillis when its answer had come whole, or could not come any more
   * @param status of HTTP, or {@link #FAILED} without an answer
   * @param micros from when it was due to its answer
   */
  record Answer(
      String client, int node, long sentMillis, long doneMillis, int status, long micros) {}

  Answers {
    all = List.copyOf(all);
  }

  Answers plus(Answers more) {
    return new Answers(java.util.stream.Stream.concat(all.stream(), more.all.stream()).toList());
  }

  Answers of(String client) {
    return that(answer -> answer.client().equals(client));
  }

  Answers that(Predicate<Answer> condition) {
    return new Answers(all.stream().filter(condition).toList());
  }

  int with(int status) {
    return (int) all.stream().filter(answer -> answer.status() == status).count();
  }

  int passed() {
    return with(200);
  }

  int refused() {
    return with(429);
  }

  int unavailable() {
    return with(503);
  }

  /** Without an answer: the connection broke. */
  int failed() {
    return with(FAILED);
  }

  /** Answered in a way that no drill expects. */
  int odd() {
    return all.size() - passed() - refused() - unavailable() - failed();
  }

  /** How many were decided within a window for certain: sent and answered in it, 200 or 429. */
  int demand(Window window, long number) {
    long start = window.startMillis(number);
    long end = window.endMillis(number);
    return (int)
        all.stream()
            .filter(answer -> answer.sentMillis() >= start && answer.doneMillis() < end)
            .filter(answer -> answer.status() == 200 || answer.status() == 429)
            .count();
  }
}
