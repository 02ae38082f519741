"""As much of a Redis client as a benchmark needs."""
import re
import socket

KEPT = (b"apitwo:nodes", b"apitwo:rules:")  # not counters: the gateway's own state, which it keeps between runs


class Redis:
    """One connection. Each call is one round trip, however many commands it carries."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.input = self.socket.makefile("rb")

    def call(self, *words):
        return self.pipeline([words])[0]

    def pipeline(self, commands):
        out = bytearray()
        for words in commands:
            out += b"*%d\r\n" % len(words)
            for word in words:
                raw = word if isinstance(word, bytes) else str(word).encode()
                out += b"$%d\r\n%s\r\n" % (len(raw), raw)
        self.socket.sendall(out)
        return [self.reply() for _ in commands]

    def reply(self):
        line = self.input.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            return self.input.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        if kind == b":":
            return int(rest)
        if kind == b"+":
            return rest
        raise OSError(f"Redis: {line!r}")

    def info(self, section, *fields):
        text = self.call("INFO", section).decode()
        return [int(re.search(rf"^{field}:(\d+)", text, re.M).group(1)) for field in fields]

    def clear(self):
        """Removes all counters, a few at a time, so that nobody who is connected has to wait for long."""
        cursor = b"0"
        while True:
            cursor, keys = self.call("SCAN", cursor, "COUNT", 500)
            counters = [key for key in keys if not key.startswith(KEPT)]
            if counters:
                self.call("UNLINK", *counters)
            if cursor == b"0":
                return

    def close(self):
        self.socket.close()
