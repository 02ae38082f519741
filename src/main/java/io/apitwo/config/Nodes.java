package io.apitwo.config;

import io.apitwo.config.NodeWord.Standing;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the other nodes say of themselves, and who waits for them to say more. A node that is silent
 * for long is forgotten.
 *
 * <p>Belongs to one event loop, but for {@link #states}.
 */
final class Nodes {
  private static final long FORGET_NANOS = TimeUnit.SECONDS.toNanos(15);

  private final LongSupplier nanoClock;
  private final Map<String, Heard> heard = new ConcurrentHashMap<>();
  private final List<Waiter> waiters = new ArrayList<>();

  private record Heard(NodeWord word, long atNanos) {}

  /** Somebody who wants to know when all have an entry. */
  private static final class Waiter {
    final String document;
    final RevisionId id;
    final long begunNanos;
    final Map<String, Pushed.@Nullable Node> nodes = new LinkedHashMap<>();
    final Promise<List<Pushed.Node>> promise = Promise.promise();

    Waiter(String document, RevisionId id, long begunNanos) {
      this.document = document;
      this.id = id;
      this.begunNanos = begunNanos;
    }
  }

  Nodes(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  void heard(NodeWord word) {
    Heard before = heard.get(word.node());
    if (before != null && word.stamp() <= before.word.stamp()) {
      return; // overtaken by a later one, or said again by somebody else
    }
    heard.put(word.node(), new Heard(word, nanoClock.getAsLong()));
    for (Waiter waiter : List.copyOf(waiters)) {
      note(waiter, word);
    }
  }

  /** A cluster member is no more. */
  void gone(String address) {
    for (Heard each : List.copyOf(heard.values())) {
      if (each.word.address().equals(address)) {
        forget(each.word.node(), "left the cluster");
      }
    }
  }

  /** Forgets who has been silent for long; to be called now and then. */
  void sweep() {
    long now = nanoClock.getAsLong();
    for (Heard each : List.copyOf(heard.values())) {
      if (now - each.atNanos > FORGET_NANOS) {
        forget(each.word.node(), "silent");
      }
    }
  }

  private void forget(String node, String why) {
    heard.remove(node);
    for (Waiter waiter : List.copyOf(waiters)) {
      if (waiter.nodes.containsKey(node) && waiter.nodes.get(node) == null) {
        settle(waiter, new Pushed.Node(node, null, why));
      }
    }
  }

  /** What is known of the others and a document. For any thread. */
  List<NodeState> states(String document) {
    long now = nanoClock.getAsLong();
    return heard.values().stream()
        .map(
            each -> {
              Standing standing = each.word.documents().get(document);
              long millis = TimeUnit.NANOSECONDS.toMillis(now - each.atNanos);
              return NodeState.of(each.word, standing, millis);
            })
        .sorted(java.util.Comparator.comparing(NodeState::id))
        .toList();
  }

  /**
   * Waits until all nodes that are known have an entry, or a later one.
   *
   * @param begunNanos since when they could
   * @return each node's word, once all have said it or {@link #giveUp} is called
   */
  Waiting await(String document, RevisionId id, long begunNanos) {
    Waiter waiter = new Waiter(document, id, begunNanos);
    heard.keySet().stream().sorted().forEach(node -> waiter.nodes.put(node, null));
    waiters.add(waiter);
    heard.values().forEach(each -> note(waiter, each.word));
    endIfDone(waiter);
    return new Waiting(waiter.promise.future(), () -> giveUp(waiter));
  }

  /**
   * @param nodes never fails
   * @param giveUp ends the waiting with what is known now
   */
  record Waiting(Future<List<Pushed.Node>> nodes, Runnable giveUp) {}

  private void note(Waiter waiter, NodeWord word) {
    Standing standing = word.documents().get(waiter.document);
    if (standing == null || !waiter.nodes.containsKey(word.node())) {
      return;
    }
    if (standing.inForce() != null && !waiter.id.isAfter(standing.inForce())) {
      long millis = TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong() - waiter.begunNanos);
      boolean lost = waiter.id.isRivalOf(standing.inForce());
      settle(
          waiter,
          lost
              ? new Pushed.Node(word.node(), null, Document.RIVAL)
              : new Pushed.Node(word.node(), millis, null));
    } else if (standing.failed() != null && !waiter.id.isAfter(standing.failed())) {
      settle(waiter, new Pushed.Node(word.node(), null, standing.error()));
    }
  }

  private void settle(Waiter waiter, Pushed.Node node) {
    if (waiter.nodes.get(node.id()) == null) {
      waiter.nodes.put(node.id(), node);
      endIfDone(waiter);
    }
  }

  private void endIfDone(Waiter waiter) {
    if (!waiter.nodes.containsValue(null)) {
      giveUp(waiter);
    }
  }

  private void giveUp(Waiter waiter) {
    if (waiters.remove(waiter)) {
      List<Pushed.Node> nodes = new ArrayList<>();
      waiter.nodes.forEach(
          (id, node) -> nodes.add(node == null ? new Pushed.Node(id, null, null) : node));
      waiter.promise.complete(nodes);
    }
  }
}
