package io.apitwo.config;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.replicatedmap.ReplicatedMap;
import io.apitwo.bus.Addresses;
import io.apitwo.telemetry.ConfigMeter;
import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The other members of the cluster. An entry is announced in a map that every member has whole,
 * under a key whose partition this member owns: so no other member has to be awake for it to reach
 * the rest. The event bus says the same once more, and carries what nodes say of themselves.
 *
 * <p>For any thread.
 */
final class HazelcastPeers implements Peers {
  private static final Logger log = LoggerFactory.getLogger(HazelcastPeers.class);
  private static final String SIGNAL = "signal";
  private static final String WORD = "word";

  /** A key of one's own is among so many: there are 71 partitions. */
  private static final int KEYS = 2_000;

  private final HazelcastInstance hazelcast;
  private final Vertx vertx;
  private final SealedEntries sealed;
  private final ConfigMeter meter;
  private final ReplicatedMap<Object, Object> entries;
  private volatile int members;
  private final KnownEntries known = new KnownEntries();

  HazelcastPeers(
      HazelcastInstance hazelcast, Vertx vertx, SealedEntries sealed, ConfigMeter meter) {
    this.hazelcast = hazelcast;
    this.vertx = vertx;
    this.sealed = sealed;
    this.meter = meter;
    this.entries = hazelcast.getReplicatedMap(HazelcastSetup.ENTRIES);
    this.members = size();
  }

  @Override
  public void start(Listener listener) {
    vertx.eventBus().consumer(Addresses.CONFIG_SIGNAL, m -> signal(text(m.body()), listener));
    vertx.eventBus().consumer(Addresses.CONFIG_WORD, m -> word(text(m.body()), listener));
    entries.addEntryListener(
        new EntryAdapter<Object, Object>() {
          @Override
          public void onEntryEvent(EntryEvent<Object, Object> event) {
            entry(text(event.getKey()), event.getValue(), listener);
          }
        });
    hazelcast.getCluster().addMembershipListener(members(listener));
    hazelcast
        .getLifecycleService()
        .addLifecycleListener(
            event -> {
              if (event.getState() == LifecycleState.MERGED) {
                log.warn("cluster merged members={}", size());
                count();
                listener.changed();
              }
            });
    count();
  }

  private void count() {
    members = size();
    meter.members(members);
  }

  /** How many there are, this one included. */
  int members() {
    return members;
  }

  private int size() {
    return hazelcast.getCluster().getMembers().size();
  }

  private MembershipListener members(Listener listener) {
    return new MembershipListener() {
      @Override
      public void memberAdded(MembershipEvent event) {
        log.info("cluster member joined address={} members={}", of(event.getMember()), size());
        count();
        listener.changed();
      }

      @Override
      public void memberRemoved(MembershipEvent event) {
        log.warn("cluster member left address={} members={}", of(event.getMember()), size());
        count();
        listener.gone(of(event.getMember()));
      }
    };
  }

  private static String of(Member member) {
    return member.getAddress().getHost() + ":" + member.getAddress().getPort();
  }

  private void entry(String key, @Nullable Object value, Listener listener) {
    Entry entry = read(key, value);
    if (entry != null) {
      listener.entry(documentOf(key), entry);
    }
  }

  /** Anything may be there; what is no text was not written by this class, and is not sealed. */
  private static String text(@Nullable Object value) {
    return value instanceof String text ? text : "";
  }

  private @Nullable Entry read(String key, @Nullable Object there) {
    if (there == null) {
      known.forget(key);
      return null;
    }
    return known.get(key, text(there), value -> sealed.read(documentOf(key), value));
  }

  private static String documentOf(String key) {
    return key.substring(0, Math.max(0, key.indexOf('#')));
  }

  private void signal(String body, Listener listener) {
    String text = sealed.open(SIGNAL, body);
    if (text == null) {
      return;
    }
    try {
      JsonObject json = new JsonObject(text);
      listener.signal(json.getString("document", ""), RevisionId.read(json));
    } catch (IllegalArgumentException | DecodeException | ClassCastException e) {
      sealed.refuse(SIGNAL);
    }
  }

  private void word(String body, Listener listener) {
    String text = sealed.open(WORD, body);
    if (text == null) {
      return;
    }
    NodeWord word = NodeWord.read(text);
    if (word == null) {
      sealed.refuse(WORD);
    } else {
      listener.word(word);
    }
  }

  @Override
  public void announce(String document, Entry entry) {
    String value = sealed.write(document, entry);
    vertx
        .executeBlocking(
            () -> {
              String key = ownKey(document);
              entries.put(key, value);
              forgetBefore(document, key, entry);
              return key;
            },
            false)
        .onFailure(failure -> log.warn("revision={} not announced", entry.number(), failure));
    JsonObject signal =
        new JsonObject()
            .put("document", document)
            .put("number", entry.number())
            .put("sha256", entry.sha256());
    vertx.eventBus().publish(Addresses.CONFIG_SIGNAL, sealed.seal(SIGNAL, signal.encode()));
  }

  private String ownKey(String document) {
    for (int i = 0; i < KEYS; i++) {
      String key = document + "#" + i;
      Member owner = hazelcast.getPartitionService().getPartition(key).getOwner();
      if (owner != null && owner.localMember()) {
        return key;
      }
    }
    return document + "#0";
  }

  /** What is older than an entry that is announced serves nobody any more. */
  private void forgetBefore(String document, String but, Entry entry) {
    for (Map.Entry<Object, Object> each : entries.entrySet()) {
      String key = text(each.getKey());
      if (documentOf(key).equals(document) && !key.equals(but)) {
        Entry old = read(key, each.getValue());
        if (old == null || entry.id().isAfter(old.id())) {
          entries.remove(key);
          known.forget(key);
        }
      }
    }
  }

  @Override
  public Optional<Entry> announced(String document) {
    Entry newest = null;
    for (Map.Entry<Object, Object> each : entries.entrySet()) {
      Entry entry =
          documentOf(text(each.getKey())).equals(document)
              ? read(text(each.getKey()), each.getValue())
              : null;
      if (entry != null && (newest == null || entry.id().isAfter(newest.id()))) {
        newest = entry;
      }
    }
    return Optional.ofNullable(newest);
  }

  @Override
  public void say(NodeWord word) {
    vertx.eventBus().publish(Addresses.CONFIG_WORD, sealed.seal(WORD, word.write()));
  }

  @Override
  public String address() {
    return of(hazelcast.getCluster().getLocalMember());
  }
}
