package io.apitwo.drill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a gateway takes of the machine.
 *
 * @param rssKib resident memory
 * @param heapKib what a full collection leaves in the heap
 * @param directKib memory outside the heap that buffers take; needs {@link #FLAGS}
 * @param files that are open, sockets included
 */
record Vitals(long rssKib, long heapKib, long directKib, int files, int threads) {
  /** What a JVM needs to tell all of it, and a heap that is resident from the start. */
  static final String FLAGS = "-XX:NativeMemoryTracking=summary -Xms192m -XX:+AlwaysPreTouch";

  private static final Path JCMD = Path.of(System.getProperty("java.home"), "bin", "jcmd");
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
  private static final Pattern THREADS = Pattern.compile("Threads:\\s+(\\d+)");
  private static final Pattern GENERATION =
      Pattern.compile("generation\\s+total \\d+K, used (\\d+)K");
  private static final Pattern DIRECT =
      Pattern.compile("Other \\(reserved=\\d+KB, committed=(\\d+)KB\\)");

  /** Collects garbage and looks. */
  static Vitals of(GatewayProcess gateway) throws IOException, InterruptedException {
    Path proc = Path.of("/proc", Long.toString(gateway.pid()));
    jcmd(gateway, "GC.run");
    String heap = jcmd(gateway, "GC.heap_info");
    String memory = jcmd(gateway, "VM.native_memory", "summary");
    String status = Files.readString(proc.resolve("status"));
    try (Stream<Path> files = Files.list(proc.resolve("fd"))) {
      return new Vitals(
          sum(RESIDENT, status),
          sum(GENERATION, heap),
          sum(DIRECT, memory),
          (int) files.count(),
          (int) sum(THREADS, status));
    }
  }

  private static String jcmd(GatewayProcess gateway, String... words)
      throws IOException, InterruptedException {
    Path answer = Files.createTempFile("jcmd", ".txt");
    try {
      Process jcmd =
          new ProcessBuilder(
                  Stream.concat(
                          Stream.of(JCMD.toString(), Long.toString(gateway.pid())),
                          Stream.of(words))
                      .toList())
              .redirectErrorStream(true)
              .redirectOutput(answer.toFile())
              .start();
      if (!jcmd.waitFor(60, TimeUnit.SECONDS) || jcmd.exitValue() != 0) {
        jcmd.destroyForcibly();
        throw new AssertionError("jcmd " + words[0] + ": " + Files.readString(answer));
      }
      return Files.readString(answer);
    } finally {
      Files.delete(answer);
    }
  }

  private static long sum(Pattern pattern, String text) {
    long sum = 0;
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      sum += Long.parseLong(matcher.group(1));
    }
    return sum;
  }

  /** In words, in MiB. */
  String line() {
    return String.format(
        Locale.ROOT,
        "rss=%.1f heap=%.1f direct=%.1f MiB files=%d threads=%d",
        rssKib / 1024.0,
        heapKib / 1024.0,
        directKib / 1024.0,
        files,
        threads);
  }
}
