package io.apitwo;

import io.apitwo.rules.Settings;
import io.vertx.core.transport.Transport;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Picks how sockets are served. io_uring first: a proxied request costs it about half the CPU of
 * epoll. Where the kernel or a container's seccomp profile forbids it, epoll; elsewhere NIO.
 */
final class Transports {
  private static final Logger log = LoggerFactory.getLogger(Transports.class);

  /**
   * With multishot polls a reset that comes within about a millisecond of its request is not seen
   * on io_uring (Netty 4.2.18): the request, and the permits that it holds, would stay until its
   * upstream answers. What somebody has set himself stays.
   */
  private static final String MULTISHOT_POLL = "io.netty.iouring.pollAddMultishotEnabled";

  private Transports() {}

  /**
   * @throws StartupException when the settings insist on one that this machine does not have
   */
  static Transport pick(Settings.Transport wanted) throws StartupException {
    if (System.getProperty(MULTISHOT_POLL) == null) {
      System.setProperty(MULTISHOT_POLL, "false"); // before Netty looks at it
    }
    return switch (wanted) {
      case NIO -> Transport.NIO;
      case EPOLL -> insist("epoll", Transport.EPOLL);
      case IO_URING -> insist("io_uring", Transport.IO_URING);
      case AUTO -> best();
    };
  }

  private static Transport insist(String name, @Nullable Transport transport)
      throws StartupException {
    if (transport == null || !transport.available()) {
      throw new StartupException(
          "proxy.transport: "
              + name
              + " is not available here"
              + why(transport)
              + " (expected: auto, or one that is)");
    }
    return transport;
  }

  private static Transport best() {
    List<String> missing = new ArrayList<>();
    for (Transport transport : new Transport[] {Transport.IO_URING, Transport.EPOLL}) {
      if (transport != null && transport.available()) {
        missing.forEach(why -> log.info("transport {} instead: {}", transport.name(), why));
        return transport;
      }
      if (transport != null) {
        missing.add("no " + transport.name() + why(transport));
      }
    }
    missing.forEach(why -> log.info("transport nio instead: {}", why));
    return Transport.NIO;
  }

  private static String why(@Nullable Transport transport) {
    Throwable cause = transport == null ? null : transport.unavailabilityCause();
    return cause == null || cause.getMessage() == null
        ? ""
        : ": " + cause.getMessage().lines().findFirst().orElse("");
  }
}
