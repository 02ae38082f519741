"""The command: options, start, warm-up, the rounds, the report, the end."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import builds
import document
import facts
import peers
import processes
import report
from bench import Bench, Unmeasured
from options import parse
from processes import Failure, Started

RATE_KEYS = 1000


def main():
    options = parse(sys.argv[1:])
    if options.report:
        with open(options.report) as file:
            rows = [json.loads(line) for line in file]
        if options.check:
            return 0 if document.is_current(rows) else 1
        if options.publish:
            document.publish(rows)
        print(report.report(rows))
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda n, _: sys.exit(128 + n))
    started, folder = Started(), tempfile.mkdtemp(prefix="compare-")
    try:
        return compare(options, started, folder)
    except Failure as failure:
        say(f"run: {failure}")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        say_what_is_kept(options)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        started.end()
        shutil.rmtree(folder, ignore_errors=True)


def compare(options, started, folder):
    for name, port in options.ports.items():
        if processes.taken(port):
            raise Failure(f"port {port} ({name}) is taken; choose other ports with --base-port")
    chosen, skipped = peers.choose(options.peers, folder, options.ports, options.store, options.java_opts)
    for name, why in skipped.items():
        say(f"{name} is left out: {why}")
    if options.publish and skipped:
        raise Failure("what lacks peers is not published")
    os.makedirs(options.out, exist_ok=True)
    rows = Rows(rows_file(options))
    bench = start(options, chosen, started, folder)
    rows.add({"kind": "setup", "rate": options.rate, "skipped": skipped, "facts": facts.facts(options, chosen)})
    warm_up(bench, chosen, options.warm)
    for peer in chosen:  # before the rounds fill tables of their own
        for mode in ("allow", "deny") if options.memory_keys and peer.name not in ("off", "plain") else ():
            if mode in peer.paths:
                rows.add(bench.memory(peer, mode, options.memory_keys), peer)
    for peer in chosen:
        for trial in range(options.exact_trials if "exact" in peer.paths else 0):
            rows.add(bench.exactness(peer, trial), peer)
    measure(bench, chosen, options, rows)
    text = report.report(rows.all)
    with open(os.path.join(options.out, "report.md"), "w") as file:
        file.write(text)
    print(text)
    if options.publish:
        document.publish(rows.all)
    return 1 if any(row.get("peer") in ("off", "exact", "strict") and wrong(row) for row in rows.all) else 0


def wrong(row):
    """Whether the gateway lost a request or gave a wrong answer that no silent store explains."""
    return row.get("broken") or (row["problem"] and not row.get("decided", {}).get("degraded"))


class Rows:
    """What was seen, in memory and as JSON lines, written at once so that an interrupted run keeps its rows."""

    def __init__(self, path):
        if os.path.exists(path):
            raise Failure(f"{path} is there already; choose another --out")
        self.all, self.file = [], open(path, "w")

    def add(self, row, peer=None, **more):
        row.update(more)
        if peer:
            row.update(peer=peer.name, label=peer.label)
            say(line(row))
        self.all.append(row)
        self.file.write(json.dumps(row) + "\n")
        self.file.flush()


def line(row):
    """A row as progress."""
    out = report.describe(row)
    if "rps" in row:
        out += (f": {row['rps']:,.0f}/s, gateway {row['gateway_cpu_us']:.1f} µs, Redis {row['redis_cpu_us']:.1f} µs and "
                f"{row['redis_commands']:.3f} commands, p99 {row['p99'] / 1000:.2f} ms, others {row['foreign_cores']:.2f} cores")
    elif "passed" in row:
        out += f": {row['passed']} passed"
    elif "node_bytes" in row:
        out += f": node {row['node_bytes'] / row['keys']:.0f}, Redis {row['redis_bytes'] / row['keys']:.0f} bytes a client"
    return out + (f"  PROBLEM: {row['problem']}" if row["problem"] else "")


def rows_file(options):
    return os.path.join(options.out, "rows.jsonl")


def say_what_is_kept(options):
    if os.path.exists(rows_file(options)) and os.path.getsize(rows_file(options)):
        say(f"kept in {os.path.relpath(options.out)}; the tables again: run --report {os.path.relpath(rows_file(options))}")


def say(text):
    print(text, file=sys.stderr, flush=True)


# ---------------------------------------------------------------- start

def start(options, chosen, started, folder):
    drive = os.path.join(folder, "drive")
    if subprocess.run([builds.need("gcc", "for load/drive.c"), "-O2", "-Wall", "-o", drive,
                       os.path.join(builds.HERE, "load", "drive.c"), "-lm"]).returncode:
        raise Failure("load/drive.c does not compile")
    builds.need("wrk", "the load generator")
    peers.render(folder, options.ports, strict=options.store == "redis")

    def launch(service, env=None):
        cwd = os.path.join(folder, service.name)
        os.makedirs(cwd, exist_ok=True)
        service.process = started.start(service.name, service.command, os.path.join(options.out, service.name + ".log"), cwd, env)
        processes.await_port(service.process, service.port)

    backend = peers.Service("backend", options.ports["backend"],
                            peers.nginx(os.path.join(folder, "backend"), builds.need("nginx", "the backend")))
    redis = peers.Service("redis", options.ports["redis"], [
        builds.need("redis-server", "the counters"), "--port", str(options.ports["redis"]), "--bind", "127.0.0.1",
        "--save", "", "--appendonly", "no"])
    launch(backend)
    launch(redis)
    for service in {id(peer.service): peer.service for peer in chosen}.values():
        if service.name == "gateway":
            launch(service, gateway_environment(options))
            processes.await_that(service.process, 60, "says that it is ready", lambda: facts.ready_line(service))
        else:
            launch(service)
    return Bench(options, drive, redis.process, backend.process)


def gateway_environment(options):
    """Settings by variable; whatever this shell says to a gateway or about a Redis stays out."""
    own = {name: value for name, value in os.environ.items() if not re.match(r"APITWO_|REDIS_", name)}
    own.update(APITWO_PROXY_PORT=str(options.ports["gateway"]), APITWO_MANAGEMENT_PORT=str(options.ports["management"]),
               APITWO_STORE_TYPE=options.store)
    if options.store == "redis":
        own["APITWO_STORE_REDIS_URL"] = f"redis://127.0.0.1:{options.ports['redis']}"
    return own


# ---------------------------------------------------------------- measure

def warm_up(bench, chosen, seconds):
    """What compiles while it runs: so long on each path that is measured. The others: just once."""
    for peer in chosen:
        for mode in ("allow", "deny"):
            if mode in peer.paths:
                say(f"warm up {peer.name}, {mode}")
                bench.throughput(peer, mode, RATE_KEYS, seconds if peer.cold else 1, 0)


def measure(bench, chosen, options, rows):
    """Cell by cell, all peers of a cell one after the other, each round beginning with another peer."""
    given_up = set()
    for number in range(1, options.rounds + 1):
        turn = chosen[(number - 1) % len(chosen):] + chosen[:(number - 1) % len(chosen)]
        for mode in options.modes:
            for keys in options.deny_keys if mode == "deny" else options.keys:
                for peer in turn:
                    if mode not in peer.paths or (peer.name, mode, keys) in given_up:
                        continue
                    try:
                        rows.add(bench.throughput(peer, mode, keys, options.duration, number), peer, round=number)
                    except Unmeasured as why:
                        given_up.add((peer.name, mode, keys))
                        rows.add({"kind": "unmeasured", "mode": mode, "keys": keys, "problem": str(why)}, peer, round=number)
        for peer in turn if options.rate else ():
            rows.add(bench.fixed_rate(peer, RATE_KEYS, options.duration, number), peer, round=number)


if __name__ == "__main__":
    sys.exit(main())
