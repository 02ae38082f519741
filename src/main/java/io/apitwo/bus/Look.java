package io.apitwo.bus;

import io.apitwo.limit.Charge;
import java.util.List;

/** Asks the limiter where the buckets of some charges stand; nothing is charged. */
public record Look(List<Charge> charges) {
  public Look {
    charges = List.copyOf(charges);
  }
}
