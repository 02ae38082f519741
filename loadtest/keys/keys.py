"""Millions of clients, each of which asks twice and may pass once: is any of them forgotten, and what do they cost?"""
import argparse
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
COMPARE = os.path.join(os.path.dirname(HERE), "compare")
sys.path.insert(0, os.path.join(COMPARE, "harness"))

import builds  # noqa: E402
import decisions  # noqa: E402
import processes  # noqa: E402
from processes import Failure, Started  # noqa: E402
from redisclient import Redis  # noqa: E402

MEBI = 1 << 20
PORTS = ("gateway", "management", "redis")
MOST_SERIES, MOST_SCRAPE_BYTES = 2_000, MEBI
AGAIN = 100_000  # clients that are asked for a third time at the end, as fast as it goes
WARM_SECONDS, WARM_KEYS = 20, 1_000


def parse(words):
    p = argparse.ArgumentParser(
        prog="run", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Starts one gateway (and a Redis) on loopback and asks for each of many clients twice, at a given rate, under a "
                    "limit of one request a month. Prints who passed, memory, and what /metrics has become.",
        epilog="Exit: 0 as it should be; 1 a client passed twice, a request without an answer, too many series, or not measured; "
               "2 wrong use. It needs Linux, python3, gcc, java with jcmd, and redis-server for --store redis.")
    p.add_argument("--keys", type=int, default=1_000_000, metavar="N", help="clients")
    p.add_argument("--rate", type=int, default=20_000, metavar="N", help="requests/s of the open loop")
    p.add_argument("--distance", type=int, default=100_000, metavar="N",
                   help="a client comes back after about twice as many other requests, at random")
    p.add_argument("--connections", type=int, default=64, metavar="N", help="of the load generator")
    p.add_argument("--store", choices=("embedded", "redis"), default="embedded", help="where the gateway counts")
    p.add_argument("--java-opts", type=shlex.split, default="-Xmx512m", metavar="'...'", help="the gateway's JVM flags: --java-opts='...'")
    p.add_argument("--max-entries", type=int, default=0, metavar="N", help="store.maxEntries; 0: the gateway's default")
    p.add_argument("--base-port", type=int, default=18700, metavar="PORT", help=f"the first of {len(PORTS)} ports in a row")
    given = p.parse_args(words)
    if given.keys < 1 or given.rate < 1 or not 1 <= given.distance <= given.keys:
        p.error("--keys, --rate, --distance: at least 1, and no distance beyond the keys")
    given.ports = {name: given.base_port + i for i, name in enumerate(PORTS)}
    return given


def main():
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda n, _: sys.exit(128 + n))
    started, folder = Started(), tempfile.mkdtemp(prefix="keys-")
    try:
        for name, port in options.ports.items():
            if processes.taken(port):
                raise Failure(f"port {port} ({name}) is taken; choose others with --base-port")
        return measure(options, Rig(options, started, folder))
    except Failure as failure:
        say(f"run: {failure}")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        started.end()
        shutil.rmtree(folder, ignore_errors=True)


def say(text):
    print(text, file=sys.stderr, flush=True)


class Rig:
    """The gateway, its Redis and the load generator."""

    def __init__(self, options, started, folder):
        self.options, self.folder = options, folder
        self.drive_program = os.path.join(folder, "drive")
        source = os.path.join(COMPARE, "load", "drive.c")
        if subprocess.run([builds.need("gcc", "for drive.c"), "-O2", "-Wall", "-o", self.drive_program, source, "-lm"]).returncode:
            raise Failure("drive.c does not compile")
        environment = {name: value for name, value in os.environ.items() if not re.match(r"APITWO_|REDIS_", name)}
        environment.update(
            APITWO_PROXY_PORT=str(options.ports["gateway"]), APITWO_MANAGEMENT_PORT=str(options.ports["management"]),
            APITWO_STORE_TYPE=options.store)
        if options.max_entries:
            environment["APITWO_STORE_MAX_ENTRIES"] = str(options.max_entries)
        self.redis = None
        if options.store == "redis":
            environment["APITWO_STORE_REDIS_URL"] = f"redis://127.0.0.1:{options.ports['redis']}"
            server = started.start("redis", [
                builds.need("redis-server", "the counters"), "--port", str(options.ports["redis"]), "--bind", "127.0.0.1",
                "--save", "", "--appendonly", "no"], os.path.join(folder, "redis.log"), folder)
            processes.await_port(server, options.ports["redis"])
            self.redis, self.redis_pid = Redis(options.ports["redis"]), server.pid
        self.log = os.path.join(folder, "gateway.log")
        jar = shutil.copy(builds.gateway(), folder)  # a build meanwhile does no harm
        gateway = started.start("gateway", [
            builds.need("java", "the gateway"), *options.java_opts, "-jar", jar, "--rules", os.path.join(HERE, "rules.yaml")],
            self.log, folder, environment)
        processes.await_port(gateway, options.ports["management"])
        processes.await_that(gateway, 60, "says that it is ready", lambda: "apitwo ready " in self.said())
        self.pid = gateway.pid

    def said(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def drive(self, path, prefix, *plan):
        """Runs the load generator; the last line it prints is a JSON object."""
        command = [self.drive_program, str(self.options.ports["gateway"]), path, str(self.options.connections), prefix]
        done = subprocess.run(command + [str(word) for word in plan], capture_output=True, text=True)
        try:
            return json.loads(done.stdout.splitlines()[-1])
        except (ValueError, IndexError):
            raise Failure(f"drive: {(done.stdout + done.stderr).strip()[-500:]}") from None

    def resident(self, field="VmRSS"):
        with open(f"/proc/{self.pid}/status") as file:
            return 1024 * int(re.search(rf"^{field}:\s+(\d+) kB", file.read(), re.M).group(1))

    def live_heap(self):
        """What full collections leave in the heap."""
        told = ""
        for order in ("GC.run", "GC.run", "GC.heap_info"):
            told = subprocess.run([builds.need("jcmd", "the heap"), str(self.pid), order], capture_output=True, text=True).stdout
        used = re.search(r"heap\s+total \d+K, used (\d+)K", told)
        if not used:
            raise Failure(f"jcmd says nothing of the heap: {told[:200]}")
        return 1024 * int(used.group(1))

    def scrape(self):
        """Series, bytes and seconds of /metrics; the slowest of five."""
        slowest = 0
        for _ in range(5):
            began = time.monotonic()
            with urllib.request.urlopen(f"http://127.0.0.1:{self.options.ports['management']}/metrics", timeout=30) as response:
                body = response.read()
            slowest = max(slowest, time.monotonic() - began)
        series = sum(1 for line in body.splitlines() if line and not line.startswith(b"#"))
        return {"series": series, "bytes": len(body), "seconds": slowest}


def measure(options, rig):
    say(f"warm-up, {WARM_SECONDS} s")
    rig.drive("/warm", "warm-", "rate", options.rate / 2, WARM_SECONDS, WARM_KEYS, 1)
    before = {"heap": rig.live_heap(), "rss": rig.resident(), "scrape": rig.scrape()}
    if rig.redis:
        before["redis"] = rig.redis.info("memory", "used_memory")[0]
    say(f"{2 * options.keys:,} requests at {options.rate:,}/s: {2 * options.keys / options.rate:.0f} s or more")
    counted = decisions.counted(options.ports["management"])
    watcher = Watcher(rig)
    row = rig.drive("/once", "client-", "twice", options.rate, options.keys, options.distance, 7)
    watcher.end()
    again = rig.drive("/once", "client-", "sweep", min(AGAIN, options.keys))
    row["decided"] = {k: round(n) for k, n in (decisions.counted(options.ports["management"]) - counted).items()}
    row["again"] = again["status"]
    row["broken"] += row["unanswered"] + again["broken"] + again["unanswered"]
    after = {"rss": rig.resident(), "peak": rig.resident("VmHWM"), "scrape": rig.scrape(), "heap": rig.live_heap()}
    if rig.redis:
        after["redis"] = rig.redis.info("memory", "used_memory")[0]
        after["redis_rss"] = processes.resident_of_one(rig.redis_pid)
        after["redis_keys"] = rig.redis.call("DBSIZE")
    table(options, row, before, after, watcher)
    problems = list(wrong(row, after))
    for problem in problems:
        print(f"WRONG: {problem}")
    return 1 if problems else 0


class Watcher:
    """Follows the gateway's resident memory while the load runs."""

    def __init__(self, rig):
        self.rig, self.most, self.done = rig, 0, threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        began, told = time.monotonic(), 0
        while not self.done.wait(1):
            now = self.rig.resident()
            self.most = max(self.most, now)
            if time.monotonic() - began > told:
                say(f"  {time.monotonic() - began:4.0f} s: resident {now / MEBI:,.0f} MiB")
                told += 30

    def end(self):
        self.done.set()
        self.thread.join()


def wrong(row, after):
    if row["passed"]["twice"]:
        yield f"{row['passed']['twice']} clients passed twice, under a limit of one"
    if row["again"].get("200"):
        yield f"{row['again']['200']} clients passed when they were asked for a third time"
    if row["broken"]:
        yield f"{row['broken']} requests without an answer"
    odd = {status: n for status, n in row["status"].items() if status not in ("200", "429")}
    if odd:
        yield f"answers {odd}"
    if after["scrape"]["series"] > MOST_SERIES or after["scrape"]["bytes"] > MOST_SCRAPE_BYTES:
        yield f"/metrics has {after['scrape']['series']} series and {after['scrape']['bytes']} bytes"


def table(options, row, before, after, watcher):
    lines = [
        ("store", f"{options.store}, {' '.join(options.java_opts)}"
                  + (f", store.maxEntries {options.max_entries:,}" if options.max_entries else "")),
        ("clients", f"{options.keys:,}, each asked for twice"),
        ("rate reached", f"{row['requests'] / row['seconds']:,.0f}/s of {options.rate:,}/s, in {row['seconds']:.0f} s"),
        ("passed never / once / twice", " / ".join(f"{row['passed'][k]:,}" for k in ("never", "once", "twice"))),
        ("a third time", ", ".join(f"{n:,} × {status}" for status, n in row["again"].items())),
        ("decided by", ", ".join(f"{k} {n:,}" for k, n in row["decided"].items())),
        ("latency p50 / p99 / p99.9 / max, ms", " / ".join(f"{row[k] / 1000:.1f}" for k in ("p50", "p99", "p999", "max"))),
        ("generator late p99, ms", f"{row['late_p99'] / 1000:.1f}"),
        ("gateway resident, before / most, MiB", f"{before['rss'] / MEBI:,.0f} / {after['peak'] / MEBI:,.0f}"),
        ("gateway heap after a collection, before / after, MiB", f"{before['heap'] / MEBI:,.0f} / {after['heap'] / MEBI:,.0f}"),
        ("/metrics before", scraped(before["scrape"])),
        ("/metrics after", scraped(after["scrape"])),
    ]
    if "redis" in after:
        grown = after["redis"] - before["redis"]
        lines.append(("Redis keys", f"{after['redis_keys']:,}"))
        lines.append(("Redis used, MiB", f"{after['redis'] / MEBI:,.0f}, {grown / options.keys:.0f} bytes a client"))
        lines.append(("Redis resident, MiB", f"{after['redis_rss'] / MEBI:,.0f}"))
    print("| | |\n|---|---|")
    for name, value in lines:
        print(f"| {name} | {value} |")


def scraped(scrape):
    return f"{scrape['series']} series, {scrape['bytes'] / 1024:.0f} KiB, {1000 * scrape['seconds']:.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
