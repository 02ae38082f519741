package io.apitwo.platform;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Kubernetes objects, read from a stream of documents; keyed by kind and name. */
final class Manifests {
  private final Map<String, Map<String, Object>> objects = new TreeMap<>();

  private Manifests() {}

  @SuppressWarnings("unchecked")
  static Manifests parse(String text) {
    Manifests manifests = new Manifests();
    for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(text)) {
      if (document instanceof Map<?, ?> map) {
        Map<String, Object> object = (Map<String, Object>) map;
        manifests.objects.put(object.get("kind") + " " + at(object, "metadata", "name"), object);
      }
    }
    return manifests;
  }

  Map<String, Map<String, Object>> byName() {
    return objects;
  }

  List<Map<String, Object>> of(String kind) {
    return objects.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(kind + " "))
        .map(Map.Entry::getValue)
        .toList();
  }

  Map<String, Object> one(String kind) {
    List<Map<String, Object>> all = of(kind);
    if (all.size() != 1) {
      throw new AssertionError(kind + ": " + all.size() + " (expected: 1)");
    }
    return all.get(0);
  }

  /** What stands at a place; null where there is nothing. Numbers are places in lists. */
  static Object at(Object value, Object... path) {
    Object now = value;
    for (Object step : path) {
      if (now instanceof Map<?, ?> map) {
        now = map.get(step);
      } else if (now instanceof List<?> list && step instanceof Integer place) {
        now = place < list.size() ? list.get(place) : null;
      } else {
        return null;
      }
    }
    return now;
  }

  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> list(Object value, Object... path) {
    Object found = at(value, path);
    return found == null ? List.of() : (List<Map<String, Object>>) found;
  }

  /**
   * The objects without what only Helm says, and named things in lists in the order of their names:
   * what means the same is equal.
   */
  Map<String, Object> meaning() {
    Map<String, Object> meaning = new TreeMap<>();
    objects.forEach((name, object) -> meaning.put(name, meaning(object)));
    return meaning;
  }

  private static Object meaning(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> kept = new LinkedHashMap<>();
      map.forEach(
          (key, child) -> {
            if (!Stream.of("helm.sh/chart", "app.kubernetes.io/managed-by", "namespace")
                .anyMatch(key::equals)) {
              kept.put(key, meaning(child));
            }
          });
      return kept;
    }
    if (value instanceof List<?> list) {
      List<Object> items = new ArrayList<>(list.stream().map(Manifests::meaning).toList());
      if (items.stream().allMatch(item -> at(item, "name") != null)) {
        items.sort(Comparator.comparing(item -> String.valueOf(at(item, "name"))));
      }
      return items;
    }
    return value;
  }
}
