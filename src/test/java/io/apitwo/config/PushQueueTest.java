package io.apitwo.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.InvalidDocumentException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which of many pushes is made, and what the others are told. */
class PushQueueTest {
  private final List<String> made = new ArrayList<>();
  private final List<Promise<Pushed>> making = new ArrayList<>();
  private final PushQueue queue =
      new PushQueue(
          new Home(),
          push -> {
            made.add(push.text());
            Promise<Pushed> promise = Promise.promise();
            making.add(promise);
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
    assertThat(second.cause()).isInstanceOf(AuthorityException.class);
    assertThat(third.cause()).isInstanceOf(AuthorityException.class);
  }
}
