package io.apitwo;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A server that answers each request with bytes as they are said, be they HTTP or not. */
final class ScriptedUpstream implements AutoCloseable {
  /**
   * @param bytes as Latin-1
   * @param segment how many of them are sent at once
   * @param closes whether the connection ends with them
   */
  record Script(String bytes, int segment, boolean closes) {}

  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();
  private final List<String> heads = new CopyOnWriteArrayList<>();
  private final AtomicInteger taken = new AtomicInteger();
  private final AtomicLong sent = new AtomicLong();
  private volatile Script script = new Script("", 1, true);

  ScriptedUpstream() throws IOException {
    start(this::accept);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        taken.incrementAndGet();
        open.add(socket);
        start(() -> serve(socket));
      } catch (IOException closed) {
        // for good: then the loop ends
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      do {
        String head = RunningGateway.until(socket, "\r\n\r\n");
        if (head.toLowerCase(Locale.ROOT).contains("content-length: 1\r\n")) {
          socket.getInputStream().readNBytes(1);
        }
        heads.add(head);
        write(socket.getOutputStream());
      } while (!script.closes);
    } catch (IOException left) {
      // the gateway wants no more of it
    } finally {
      open.remove(socket);
    }
  }

  private void write(OutputStream to) throws IOException {
    Script said = script;
    byte[] bytes = said.bytes.getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < bytes.length; i += said.segment) {
      int length = Math.min(said.segment, bytes.length - i);
      to.write(bytes, i, length);
      sent.addAndGet(length);
    }
  }

  /** What is answered from now on. */
  void answer(Script next) {
    script = next;
  }

  int port() {
    return server.getLocalPort();
  }

  /** The heads of the requests that came, in their order. */
  List<String> heads() {
    return heads;
  }

  /** How many bytes went out. */
  long sent() {
    return sent.get();
  }

  /** How many connections came up. */
  int taken() {
    return taken.get();
  }

  /** How many connections there are now. */
  int open() {
    return open.size();
  }

  /** Rules that send everything here without a limit. */
  String rules(String upstreamOptions) {
    return "upstreams: { up: { targets: [\"http://127.0.0.1:%d\"]%s } }\nroutes: [{ id: a, upstream: up }]"
        .formatted(port(), upstreamOptions);
  }

  @Override
  public void close() throws IOException {
    server.close();
    dropAll();
  }

  /** Ends all connections. */
  void dropAll() throws IOException {
    for (Socket socket : open) {
      socket.close();
    }
  }
}
