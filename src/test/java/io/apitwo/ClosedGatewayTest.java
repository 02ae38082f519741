package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a gateway that has ended. */
class ClosedGatewayTest {
  private static final String RULES =
      """
      upstreams: { echo: { builtin: echo } }
      routes: [{ id: all, upstream: echo, limits: [default] }]
      limits: { default: { by: [address], windows: { minute: 60 } } }
      """;

  @TempDir Path folder;

  /** In a method of its own, so that no local variable holds it. */
  private WeakReference<Gateway> closed() throws Exception {
    try (RunningGateway running = RunningGateway.start(folder, RULES)) {
      assertThat(running.get("/").statusCode()).isEqualTo(200);
      return new WeakReference<>(running.gateway);
    }
  }

  @Test
  void nothing_in_the_process_holds_it() throws Exception {
    WeakReference<Gateway> gateway = closed();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              System.gc();
              return gateway.get() == null;
            });
  }
}
