package io.apitwo.bus;

import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;

/** The event-bus addresses, and what goes there. */
public final class Addresses {
  /**
   * LOCAL. {@link Batch} to the limiter verticle; answered by {@link Settled} to the batch's
   * sender.
   */
  public static final String LIMITER = "apitwo.limiter";

  /** LOCAL. {@link Returns} to the limiter verticle; replied to with null. */
  public static final String RETURNS = "apitwo.limiter.returns";

  /** LOCAL. {@link Look} to the limiter verticle; replied to with {@link Looked}. */
  public static final String LOOK = "apitwo.limiter.look";

  /** LOCAL. {@link Reset} to the limiter verticle; replied to with null, or a failure. */
  public static final String RESET = "apitwo.limiter.reset";

  /** LOCAL. {@link Forget} is published to the limiter verticle and to all loops. */
  public static final String FORGET = "apitwo.forget";

  /** CLUSTER. A sealed text: there is such a revision of a document. Harmless to lose or repeat. */
  public static final String CONFIG_SIGNAL = "apitwo.config.signal";

  /** CLUSTER. A sealed text: what a node says of itself. Harmless to lose or repeat. */
  public static final String CONFIG_WORD = "apitwo.config.word";

  /**
   * CLUSTER. A JSON object {@code {token, rules, ifMatch?, dryRun?}} from anybody who holds the
   * token; replied to with what became of the push, or a failure whose code is the HTTP status.
   */
  public static final String RULES_PUSH = "apitwo.rules.push";

  private static final String LOOP = "apitwo.loop.";

  private Addresses() {}

  /** LOCAL. {@link Settled} to one event loop. */
  public static String loop(int number) {
    return LOOP + number;
  }

  /** LOCAL. {@link Settled} to one event loop, of limits that only count. */
  public static String shadowsOfLoop(int number) {
    return LOOP + number + ".shadows";
  }

  /** LOCAL. {@link Settled} to one event loop, of rules on trial. */
  public static String trialOfLoop(int number) {
    return LOOP + number + ".trial";
  }

  /** How local messages are sent: never to another node, by reference. */
  public static DeliveryOptions local(Class<? extends Record> message) {
    return new DeliveryOptions().setLocalOnly(true).setCodecName(LocalCodec.nameOf(message));
  }

  /** Makes the local messages known to a bus; once, before the first is sent. */
  public static void registerCodecs(EventBus bus) {
    bus.registerCodec(new LocalCodec<>(Batch.class));
    bus.registerCodec(new LocalCodec<>(Settled.class));
    bus.registerCodec(new LocalCodec<>(Returns.class));
    bus.registerCodec(new LocalCodec<>(Look.class));
    bus.registerCodec(new LocalCodec<>(Looked.class));
    bus.registerCodec(new LocalCodec<>(Reset.class));
    bus.registerCodec(new LocalCodec<>(Forget.class));
  }
}
