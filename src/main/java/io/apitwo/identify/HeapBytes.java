package io.apitwo.identify;

import java.util.List;
import java.util.Map;

/**
 * Estimates how much heap JSON values take, rather too much than too little: by the sizes of
 * objects on a 64-bit JVM with compressed references, hash tables two thirds empty.
 */
final class HeapBytes {
  private static final int STRING = 48;
  private static final int NUMBER = 24;
  private static final int MAP = 200;
  private static final int MEMBER = 48;
  private static final int LIST = 120;
  private static final int ITEM = 8;

  private HeapBytes() {}

  /** Of a value as {@link StrictJson} makes it: maps and lists with all that they hold. */
  static long of(Object value) {
    if (value instanceof String text) {
      return STRING + (isNarrow(text) ? 1L : 2L) * text.length();
    }
    if (value instanceof Map<?, ?> map) {
      long sum = MAP;
      for (Map.Entry<?, ?> member : map.entrySet()) {
        sum += MEMBER + of(member.getKey()) + of(member.getValue());
      }
      return sum;
    }
    if (value instanceof List<?> list) {
      long sum = LIST;
      for (Object item : list) {
        sum += ITEM + of(item);
      }
      return sum;
    }
    return NUMBER;
  }

  private static boolean isNarrow(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0xff) {
        return false;
      }
    }
    return true;
  }
}
