package io.apitwo.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.InvalidDocumentException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** Which of many pushes is made, and what the others are told. */
class PushQueueTest {
  private final List<String> made = new ArrayList<>();
  private final List<Promise<Pushed>> making = new ArrayList<>();
  private final List<String> checked = new ArrayList<>();
  private final List<Promise<Void>> checking = new ArrayList<>();
  private final PushQueue queue =
      new PushQueue(
          new Home(),
          push -> {
            made.add(push.text());
            Promise<Pushed> promise = Promise.promise();
            making.add(promise);
            return promise.future();
          },
          push -> {
            checked.add(push.text());
            Promise<Void> promise = Promise.promise();
            checking.add(promise);
            return promise.future();
          });

  private Future<Pushed> push(String text) {
    return queue.add(new Push(text, "test", "test", null, false));
  }

  private static Pushed revision(long number) {
    return new Pushed(number, "00", true, List.of());
  }

  @Test
  void of_those_that_wait_the_last_is_made_and_the_others_are_told_that_they_were_not() {
    Future<Pushed> first = push("first");
    Future<Pushed> second = push("second");
    Future<Pushed> third = push("third");
    making.get(0).complete(revision(1));
    making.get(1).complete(revision(2));
    assertThat(made).containsExactly("first", "third");
    assertThat(first.result()).isEqualTo(revision(1));
    assertThat(third.result()).isEqualTo(revision(2));
    assertThat(second.isComplete()).isFalse();
    assertThat(checked).containsExactly("second");
    checking.get(0).complete();
    assertThat(second.result()).isEqualTo(revision(2).superseding());
    assertThat(second.result().superseded()).isTrue();
  }

  @Test
  void one_that_is_not_valid_makes_way_for_the_one_before_it() {
    push("first");
    Future<Pushed> second = push("second");
    Future<Pushed> third = push("third");
    making.get(0).complete(revision(1));
    making.get(1).fail(new InvalidDocumentException(List.of()));
    making.get(2).complete(revision(2));
    assertThat(made).containsExactly("first", "third", "second");
    assertThat(third.cause()).isInstanceOf(InvalidDocumentException.class);
    assertThat(second.result()).isEqualTo(revision(2));
  }

  @Test
  void when_no_number_can_be_had_all_of_them_are_told() {
    push("first");
    Future<Pushed> second = push("second");
    Future<Pushed> third = push("third");
    making.get(0).complete(revision(1));
    making.get(1).fail(new AuthorityException("gone"));
    assertThat(third.cause()).isInstanceOf(AuthorityException.class);
    checking.get(0).complete();
    assertThat(second.cause()).isInstanceOf(AuthorityException.class);
  }

  @Test
  void one_that_is_not_valid_is_told_so_whatever_has_become_of_the_others() {
    push("first");
    Future<Pushed> second = push("second");
    Future<Pushed> third = push("third");
    push("fourth");
    making.get(0).complete(revision(1));
    making.get(1).complete(revision(2));
    checking.get(0).fail(new InvalidDocumentException(List.of()));
    assertThat(second.cause()).isInstanceOf(InvalidDocumentException.class);
    assertThat(checked).containsExactly("second", "third");
    checking.get(1).complete();
    assertThat(third.result().superseded()).isTrue();
  }

  @Test
  void equal_ones_are_looked_at_once() {
    push("first");
    Future<Pushed> second = push("same");
    Future<Pushed> third = push("same");
    Future<Pushed> fourth = push("wrong");
    Future<Pushed> fifth = push("last");
    Future<Pushed> sixth = push("wrong");
    making.get(0).complete(revision(1));
    making.get(1).fail(new InvalidDocumentException(List.of()));
    making.get(2).complete(revision(2));
    checking.get(0).complete();
    assertThat(made).containsExactly("first", "wrong", "last");
    assertThat(checked).containsExactly("same");
    assertThat(List.of(second, third)).allMatch(each -> each.result().superseded());
    assertThat(List.of(fourth, sixth)).allMatch(Future::failed);
    assertThat(fifth.result()).isEqualTo(revision(2));
  }

  @Test
  void only_so_many_wait_for_their_check_and_others_are_told_that_they_had_none() {
    List<Promise<Void>> looked = new ArrayList<>();
    Queue<Runnable> ticks = new ArrayDeque<>();
    Overtaken overtaken =
        new Overtaken(
            push -> {
              looked.add(Promise.promise());
              return looked.get(looked.size() - 1).future();
            },
            ticks::add);
    List<Future<Pushed>> answers = new ArrayList<>();
    for (int i = 0; i < 3 * Overtaken.MOST; i++) {
      Promise<Pushed> promise = Promise.promise();
      Push push = new Push("another " + i, "test", "test", null, false);
      overtaken.add(push, promise, revision(2).superseding(), null);
      answers.add(promise.future());
    }
    assertThat(overtaken.size()).isEqualTo(answers.size());
    assertThat(answers).noneMatch(Future::isComplete);
    while (!ticks.isEmpty()) {
      ticks.remove().run();
    }
    assertThat(overtaken.size()).isEqualTo(Overtaken.MOST);
    assertThat(answers.subList(0, Overtaken.MOST)).noneMatch(Future::isComplete);
    assertThat(answers.subList(Overtaken.MOST, answers.size()))
        .allMatch(each -> each.result().superseded() && !each.result().checked());
    for (int i = 0; i < Overtaken.MOST; i++) {
      looked.get(i).complete();
    }
    assertThat(looked).hasSize(Overtaken.MOST);
    assertThat(answers.subList(0, Overtaken.MOST)).allMatch(each -> each.result().checked());
  }

  @Test
  void when_too_many_wait_to_be_made_the_next_is_refused() {
    Future<Pushed> last = push("first");
    for (int i = 1; !last.failed() && i < 5_000; i++) {
      last = push("another " + i);
    }
    assertThat(last.cause()).isInstanceOf(AuthorityException.class);
  }
}
