package io.apitwo.config;

import java.util.Optional;

/**
 * The other nodes, as this one's documents see them. May be called on any thread; nothing here
 * waits for another node.
 */
public interface Peers {
  /** What comes from others; called on any thread. */
  interface Listener {
    /** There is such an entry. */
    void entry(String document, Entry entry);

    /** There is such an entry somewhere. */
    void signal(String document, RevisionId id);

    void word(NodeWord word);

    /** A node is no member any more. */
    void gone(String address);

    /** Nodes joined, or two parts of a cluster found each other again. */
    void changed();
  }

  /** Nobody else. */
  Peers NONE =
      new Peers() {
        @Override
        public void start(Listener listener) {}

        @Override
        public void announce(String document, Entry entry) {}

        @Override
        public Optional<Entry> announced(String document) {
          return Optional.empty();
        }

        @Override
        public void say(NodeWord word) {}

        @Override
        public String address() {
          return "";
        }
      };

  void start(Listener listener);

  /** Puts an entry where all nodes have it, and says so. */
  void announce(String document, Entry entry);

  /** The newest that was announced, as far as it has come here. */
  Optional<Entry> announced(String document);

  void say(NodeWord word);

  /** Where the others reach this node's cluster member, {@code HOST:PORT}; empty without one. */
  String address();
}
