package io.apitwo.rules;

import java.util.List;

/** Clients by their addresses, or by what their requests carry. */
public record ClientList(List<Cidr> blocks, List<Carries> clients) {
  public static final ClientList EMPTY = new ClientList(List.of(), List.of());

  public ClientList {
    blocks = List.copyOf(blocks);
    clients = List.copyOf(clients);
  }

  public boolean isEmpty() {
    return blocks.isEmpty() && clients.isEmpty();
  }

  /** Whether an address is in one of the blocks. */
  public boolean contains(IpAddress address) {
    for (Cidr block : blocks) {
      if (block.contains(address)) {
        return true;
      }
    }
    return false;
  }
}
