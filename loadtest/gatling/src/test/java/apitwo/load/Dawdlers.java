package apitwo.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Clients that send a request's head byte by byte, one a second, and never come to its end. */
final class Dawdlers {
  private static final long PATIENCE_SECONDS = 60;
  private static final byte[] HEAD =
      "GET /steady HTTP/1.1\r\nHost: lab\r\nX-Client: slow\r\nX-More: "
          .getBytes(StandardCharsets.US_ASCII);
  private final List<SocketChannel> connections = new ArrayList<>();
  private int answered;

  /** Comes back when the gateway has ended all of them, or after a minute. */
  void dawdle(int clients, int port) {
    try {
      for (int i = 0; i < clients; i++) {
        var connection = SocketChannel.open(new InetSocketAddress(Loopback.ADDRESS, port));
        connection.configureBlocking(false);
        connections.add(connection);
      }
      for (int second = 0; second < PATIENCE_SECONDS && !connections.isEmpty(); second++) {
        byte next = second < HEAD.length ? HEAD[second] : (byte) 'x';
        connections.removeIf(connection -> hasEnded(connection, next));
        Await.pause(TimeUnit.SECONDS.toMillis(1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean hasEnded(SocketChannel connection, byte next) {
    try {
      var reply = ByteBuffer.allocate(512);
      if (connection.read(reply) < 0) {
        connection.close();
        return true;
      }
      if (reply.position() >= 12 && reply.get(9) == '2') {
        answered++;
      }
      connection.write(ByteBuffer.wrap(new byte[] {next}));
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  int left() {
    return connections.size();
  }

  /** How many got a 2xx for what they had not finished. */
  int answered() {
    return answered;
  }
}
