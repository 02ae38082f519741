package io.apitwo.docs;

import io.apitwo.RedisServer;
import java.io.EOFException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the pages need of {@code redis-cli --raw}, for machines without one. */
final class RedisCli {
  private RedisCli() {}

  /**
   * @param words the port, {@code --raw}, and the words of a command
   */
  public static void main(String[] words) {
    if (words.length < 3 || !words[1].equals("--raw")) {
      throw new IllegalArgumentException("redis-cli " + List.of(words) + " (expected: --raw)");
    }
    String[] command = Arrays.copyOfRange(words, 2, words.length);
    try {
      print(RedisServer.command(Integer.parseInt(words[0]), command));
    } catch (IllegalStateException e) {
      if (!(e.getCause() instanceof EOFException)) { // SHUTDOWN answers by going
        throw e;
      }
    }
  }

  private static void print(@Nullable Object reply) {
    if (reply instanceof List<?> items) {
      items.forEach(RedisCli::print);
    } else {
      System.out.println(reply == null ? "" : reply);
    }
  }
}
