package io.apitwo.identify;

import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Somebody outside who knows API keys that are not in the rules. */
@FunctionalInterface
public interface ApiKeyDirectory {
  /** Knows none. */
  ApiKeyDirectory NONE = (id, then) -> then.accept(Map.of());

  /**
   * Looks a key up.
   *
   * @param then told once, on the caller's event loop: the fields {@code hash}, {@code consumer},
   *     {@code plan} and {@code expires}, none for a key that is not known; null when there is no
   *     answer to be had
   */
  void find(String id, Consumer<@Nullable Map<String, String>> then);
}
