package io.apitwo.docs;

import io.apitwo.RedisServer;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Free ports in the place of those that the pages name, so that pages run beside anything. */
final class Ports {
  static final String PROXY = "8080";
  static final String MANAGEMENT = "9090";
  static final String REDIS = "6379";
  private static final Pattern NUMBER = Pattern.compile("(?<=[:= ])\\d{4,5}\\b");

  private final Map<String, String> free = new LinkedHashMap<>();
  private final Map<String, String> named = new LinkedHashMap<>();

  /** One for each that gateways of the pages listen on; Redis is put in when it has one. */
  static Ports free() throws IOException {
    Ports ports = new Ports();
    for (String name :
        List.of(PROXY, MANAGEMENT, "8081", "9091", "5701", "5702", "15701", "15702")) {
      ports.put(name, RedisServer.freePort());
    }
    return ports;
  }

  void put(String name, int port) {
    free.put(name, Integer.toString(port));
    named.put(Integer.toString(port), name);
  }

  String of(String name) {
    return free.get(name);
  }

  /** A command of a page, for the ports of this run. */
  String toFree(String command) {
    return replaced(command, free);
  }

  /** Output of this run, with the ports that the page names. */
  String toNamed(String output) {
    return replaced(output, named);
  }

  private static String replaced(String text, Map<String, String> others) {
    return NUMBER.matcher(text).replaceAll(at -> others.getOrDefault(at.group(), at.group()));
  }
}
