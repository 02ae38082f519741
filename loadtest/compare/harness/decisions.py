"""What the gateway itself says about who decided, from its metrics."""
import collections
import re
import urllib.error
import urllib.request

SOURCES = ("lease", "batch", "over_limit_cache", "degraded")
LINE = re.compile(r'^apitwo_decisions_total\{.*?source="(\w+)".*?\} (\S+)$', re.M)


def counted(port):
    """Decisions by source since the gateway's start."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as response:
            text = response.read().decode()
    except urllib.error.HTTPError:
        text = ""
    totals = collections.Counter()
    for source, value in LINE.findall(text):
        totals[source] += float(value)
    return totals


class Watch:
    """Decisions of one service between two moments; of other services there are none."""

    def __init__(self, service):
        self.port = service.management_port
        self.before = counted(self.port) if self.port else None

    def since(self):
        """By source, without those that decided nothing."""
        return {source: round(n) for source, n in (counted(self.port) - self.before).items()} if self.port else {}


def without_store(decided):
    """A sentence when the store did not answer in time, so that a run was cheaper than it may be; else nothing."""
    n = decided.get("degraded", 0)
    return f"{n} decisions without the store, which did not answer in time" if n else ""
