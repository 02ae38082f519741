package io.apitwo.config;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Pushes that a later one came before: each is checked all the same before it is answered, so that
 * nobody is told that he was right who was not. One check at a time, about 0.2 ms for a document of
 * a few limits; equal documents are checked once. While {@value #MOST} wait for that, as in a
 * storm, others are told that nobody has looked: checking them all would cost the traffic its CPU.
 * These are told some at a time, {@value #A_TICK} each {@value #TICK_MILLIS} ms, since hundreds of
 * answers at once would hold the traffic up for longer than as many one by one.
 *
 * <p>Belongs to the event loop of its {@link Home}.
 */
final class Overtaken {
  static final int MOST = 64;

  static final int TICK_MILLIS = 10;
  private static final int A_TICK = 20;

  private final Function<Push, Future<?>> check;
  private final Consumer<Runnable> afterTick;
  private final ArrayDeque<Unseen> unseen = new ArrayDeque<>();
  private final Map<Document, List<Answer>> waiting = new LinkedHashMap<>();
  private int size;
  private long characters;
  private boolean busy;

  /** Equal ones are refused with equal words, which name the source. */
  private record Document(String source, String text) {}

  private record Answer(
      Promise<Pushed> promise, @Nullable Pushed later, @Nullable Throwable failure) {}

  private record Unseen(int length, Answer answer) {
    void tell() {
      Pushed made = answer.later == null ? null : answer.later.unchecked();
      answer.promise.complete(made, answer.failure);
    }
  }

  /**
   * @param check fails when a document is not valid
   * @param afterTick does something {@value #TICK_MILLIS} ms later
   */
  Overtaken(Function<Push, Future<?>> check, Consumer<Runnable> afterTick) {
    this.check = check;
    this.afterTick = afterTick;
  }

  /** How many wait for an answer. */
  int size() {
    return size;
  }

  /** How long their texts are together. */
  long characters() {
    return characters;
  }

  /**
   * Answers one, once it is checked.
   *
   * @param later what a valid one is told; null if there is a failure
   * @param failure what a valid one is told instead
   */
  void add(
      Push push, Promise<Pushed> promise, @Nullable Pushed later, @Nullable Throwable failure) {
    Document document = new Document(push.source(), push.text());
    Answer answer = new Answer(promise, later, failure);
    size++;
    characters += push.text().length();
    if (waiting.size() < MOST || waiting.containsKey(document)) {
      waiting.computeIfAbsent(document, first -> new ArrayList<>()).add(answer);
      next();
    } else {
      unseen.add(new Unseen(push.text().length(), answer));
      if (unseen.size() == 1) {
        afterTick.accept(this::tellSome);
      }
    }
  }

  private void tellSome() {
    for (int i = 0; i < A_TICK && !unseen.isEmpty(); i++) {
      Unseen next = unseen.remove();
      size--;
      characters -= next.length;
      next.tell();
    }
    if (!unseen.isEmpty()) {
      afterTick.accept(this::tellSome);
    }
  }

  private void next() {
    Iterator<Map.Entry<Document, List<Answer>>> all = waiting.entrySet().iterator();
    if (busy || !all.hasNext()) {
      return;
    }
    busy = true;
    Document document = all.next().getKey();
    check
        .apply(new Push(document.text, document.source, "", null, true))
        .onComplete(
            (valid, invalid) -> {
              busy = false;
              answer(document, invalid);
              next();
            });
  }

  private void answer(Document document, @Nullable Throwable invalid) {
    List<Answer> answers = waiting.remove(document);
    if (answers == null) {
      return;
    }
    size -= answers.size();
    characters -= (long) document.text.length() * answers.size();
    for (Answer answer : answers) {
      answer.promise.complete(answer.later, invalid == null ? answer.failure : invalid);
    }
  }
}
