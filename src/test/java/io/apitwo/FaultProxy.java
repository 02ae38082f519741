package io.apitwo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A network between gateways and Redis that fails on demand: a TCP proxy on loopback, on a port of
 * its own. It understands just enough of the protocol to tell script calls from the handshake, so
 * that a fault hits what it is meant for. What it does may be changed at any time and holds for
 * open connections too.
 */
public final class FaultProxy implements AutoCloseable {
  private static final int CHUNK = 1 << 16;

  /** What happens to one script call. */
  public enum Fate {
    PASS,
    /** The server never sees the call, and the connection ends. */
    LOSE_REQUEST,
    /** The server carries the call out, and the connection ends without its reply. */
    LOSE_REPLY
  }

  /** Decides what becomes of each script call; called by one thread at a time. */
  public interface Fates {
    Fate next();
  }

  private enum Mode {
    PASS,
    REFUSE,
    BLACKHOLE
  }

  private final InetSocketAddress target;
  private final ServerSocket listener;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicLong lostRequests = new AtomicLong();
  private final AtomicLong lostReplies = new AtomicLong();
  private final Queue<String> log = new ConcurrentLinkedQueue<>();
  private volatile Mode mode = Mode.PASS;
  private volatile long delayNanos;
  private volatile long holdMillis;
  private volatile Fates fates = () -> Fate.PASS;

  /**
   * @param serverPort where the real server is, on loopback
   */
  public FaultProxy(int serverPort) throws IOException {
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    this.target = new InetSocketAddress(loopback, serverPort);
    this.listener = new ServerSocket(0, 128, loopback);
    daemon("accept", this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Heals everything. Connections of which something was swallowed cannot go on and end. */
  public void pass() {
    say("pass");
    fates = () -> Fate.PASS;
    delayNanos = 0;
    boolean swallowed = mode == Mode.BLACKHOLE;
    mode = Mode.PASS;
    if (swallowed) {
      links.forEach(Link::reset);
    }
  }

  /** Every chunk of the server's bytes comes so much later. */
  public void delay(Duration delay) {
    say("delay " + delay.toMillis() + " ms");
    delayNanos = delay.toNanos();
  }

  /** Connections open and stay open, and nothing that is sent arrives, in either direction. */
  public void blackhole() {
    say("blackhole");
    mode = Mode.BLACKHOLE;
  }

  /** Open connections end, and new ones end as soon as they are there. */
  public void refuse() {
    say("refuse");
    mode = Mode.REFUSE;
    reset();
  }

  /** Ends all open connections with a TCP reset, now and once. */
  public void reset() {
    say("reset " + links.size() + " connections");
    links.forEach(Link::reset);
  }

  /**
   * Ends connections at script calls.
   *
   * @param holdMillis how long after the first call whose reply is lost further calls still reach
   *     the server, to lose their replies too
   */
  public void cut(Fates fates, long holdMillis) {
    say("cut");
    this.holdMillis = holdMillis;
    this.fates = fates;
  }

  /** The same fate for every n-th call, counted over all connections. */
  public static Fates every(int n, Fate fate) {
    AtomicLong calls = new AtomicLong();
    return () -> calls.incrementAndGet() % n == 0 ? fate : Fate.PASS;
  }

  /** One call in n, by a seed, is lost before or after the server saw it, as often this as that. */
  public static Fates random(long seed, int n) {
    Random random = new Random(seed);
    return () -> {
      if (random.nextInt(n) > 0) {
        return Fate.PASS;
      }
      return random.nextBoolean() ? Fate.LOSE_REQUEST : Fate.LOSE_REPLY;
    };
  }

  /** How many messages of clients were thrown away. */
  public long lostRequests() {
    return lostRequests.get();
  }

  /** How many messages the server got and answered in vain. */
  public long lostReplies() {
    return lostReplies.get();
  }

  /** How many connections there have been. */
  public int connections() {
    return connections.get();
  }

  /** What was done, in its order. */
  public List<String> log() {
    return List.copyOf(log);
  }

  @Override
  public void close() throws IOException {
    listener.close();
    links.forEach(Link::reset);
  }

  private void say(String line) {
    log.add(line);
  }

  private synchronized Fate fateOf(long calls) {
    Fate worst = Fate.PASS;
    for (long i = 0; i < calls; i++) {
      Fate fate = fates.next();
      worst = worst == Fate.PASS ? fate : worst;
    }
    return worst;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        int number = connections.incrementAndGet();
        if (mode == Mode.REFUSE) {
          end(client);
          continue;
        }
        open(client, number);
      } catch (IOException e) {
        say("accept: " + e.getMessage());
      }
    }
  }

  private void open(Socket client, int number) throws IOException {
    Socket server = new Socket();
    try {
      server.connect(target);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
    } catch (IOException noServer) {
      end(client);
      return;
    }
    Link link = new Link(number, client, server);
    links.add(link);
    daemon("up-" + number, link::up);
    daemon("down-" + number, link::down);
  }

  private static void daemon(String name, Runnable work) {
    Thread thread = new Thread(work, "fault-proxy-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  /** With a reset instead of a farewell. */
  private static void end(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // it has ended before
    }
  }

  /** One connection of a client and the server's end of it. */
  private final class Link {
    private final int number;
    private final Socket client;
    private final Socket server;
    private final RespFrames requests = new RespFrames();
    private final RespFrames replies = new RespFrames();
    private volatile boolean doomed;

    Link(int number, Socket client, Socket server) {
      this.number = number;
      this.client = client;
      this.server = server;
    }

    void reset() {
      links.remove(this);
      end(client);
      end(server);
    }

    void up() {
      try {
        pumpRequests(client.getInputStream(), server.getOutputStream());
        server.shutdownOutput(); // what the server has read it still carries out
      } catch (IOException e) {
        reset();
      }
    }

    private void pumpRequests(InputStream in, OutputStream out) throws IOException {
      byte[] chunk = new byte[CHUNK];
      long deadline = Long.MAX_VALUE;
      try {
        for (int n; (n = in.read(chunk)) >= 0; ) {
          if (mode == Mode.BLACKHOLE) {
            continue;
          }
          long before = requests.calls();
          long messages = requests.messages();
          requests.feed(chunk, n);
          Fate fate = doomed ? Fate.PASS : fateOf(requests.calls() - before);
          if (fate == Fate.LOSE_REQUEST) {
            lostRequests.addAndGet(requests.messages() - messages);
            say("connection " + number + ": cut before a request");
            throw new IOException("cut");
          }
          doomed |= fate == Fate.LOSE_REPLY;
          out.write(chunk, 0, n);
          if (fate == Fate.LOSE_REPLY) {
            deadline = System.nanoTime() + holdMillis * 1_000_000;
          }
          if (doomed) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0 && requests.isBetweenMessages()) {
              return;
            }
            client.setSoTimeout((int) Math.max(1, left));
          }
        }
      } catch (SocketTimeoutException held) {
        // long enough
      }
    }

    void down() {
      try {
        pumpReplies(server.getInputStream(), client.getOutputStream());
      } catch (IOException e) {
        // either side has gone
      }
      if (doomed) {
        long lost = requests.messages() - replies.messages();
        lostReplies.addAndGet(lost);
        say("connection " + number + ": cut after a request, " + lost + " replies lost");
      }
      reset();
    }

    private void pumpReplies(InputStream in, OutputStream out) throws IOException {
      byte[] chunk = new byte[CHUNK];
      for (int n; (n = in.read(chunk)) >= 0; ) {
        if (delayNanos > 0) {
          LockSupport.parkNanos(delayNanos);
        }
        if (!doomed && mode != Mode.BLACKHOLE) {
          replies.feed(chunk, n);
          out.write(chunk, 0, n);
        }
      }
    }
  }
}
