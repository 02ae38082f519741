"""The command line."""
import argparse
import datetime
import os
import shlex

import builds
import peers

PORT_RANGE = range(1024, 65536 - len(peers.PORTS))
QUICK = {"rounds": 1, "duration": 2, "warm": 2, "keys": "1", "exact_trials": 1, "memory_keys": 1000}


def parse(words):
    p = argparse.ArgumentParser(
        prog="run", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Measures the gateway (limits off, exact, strict) beside its peers, interleaved in rounds, and prints "
                    "markdown tables. What is not installed is left out. Progress goes to standard error.",
        epilog="Exit: 0 measured, whatever the figures; 1 not measured, or the gateway answered wrongly; 2 wrong use. "
               "MVN names another Maven to build target/apitwo.jar with, if it is missing.")
    p.add_argument("--quick", action="store_true", 
                   help="does it all work? 1 round, 2 s, 1 key, hardly any warm-up: its figures mean nothing")
    p.add_argument("--peers", type=one_of(peers.NAMES), default=",".join(peers.NAMES), metavar="A,B", help="who takes part")
    p.add_argument("--keys", type=numbers, default="1,1000,100000", metavar="N,N", help="numbers of clients")
    p.add_argument("--deny-keys", type=numbers, default=None, metavar="N,N", help="the same for refusals (default: as --keys)")
    p.add_argument("--modes", type=one_of(("allow", "deny")), default="allow,deny", metavar="A,B", help="under or over the limit")
    p.add_argument("--rounds", type=positive, default=3, metavar="N", help="rounds of all runs")
    p.add_argument("--duration", type=positive, default=10, metavar="S", help="seconds of a run, 30 at most")
    p.add_argument("--warm", type=positive, default=30, metavar="S", help="seconds that a JVM or Node is warmed for on each path, 30 at most")
    p.add_argument("--rate", type=natural, default=3000, metavar="N", help="requests/s of the open loop; 0: none")
    p.add_argument("--exact-trials", type=natural, default=5, metavar="N", help="bursts against a limit; 0: none")
    p.add_argument("--memory-keys", type=natural, default=100000, metavar="N", help="clients to measure memory with; 0: none")
    p.add_argument("--threads", type=positive, default=2, metavar="N", help="of wrk")
    p.add_argument("--connections", type=positive, default=64, metavar="N", help="of wrk and of the open loop")
    p.add_argument("--store", choices=("redis", "embedded"), default="redis", help="where the gateway counts")
    p.add_argument("--java-opts", type=shlex.split, default="-Xms256m -Xmx256m", metavar="'...'", help="flags of every JVM")
    p.add_argument("--base-port", type=int, default=18600, metavar="PORT", help=f"the first of {len(peers.PORTS)} ports in a row")
    p.add_argument("--out", metavar="FOLDER", default=argparse.SUPPRESS, help="for rows.jsonl, report.md and logs (default: out/<time>)")
    p.add_argument("--report", metavar="ROWS.jsonl", default=None, help="only print the tables of an earlier comparison")
    p.add_argument("--publish", action="store_true", help="write docs/comparison.md and its rows anew, from this run or from --report")
    p.add_argument("--check", action="store_true", help="with --report: is docs/comparison.md what these rows make? 0 yes, 1 no")
    if "--quick" in words:
        p.set_defaults(**QUICK)
    given = p.parse_args(words)
    if given.base_port not in PORT_RANGE:
        p.error(f"--base-port: {given.base_port} (expected: {PORT_RANGE.start} to {PORT_RANGE.stop - 1})")
    if max(given.duration, given.warm) > 30:
        p.error("--duration, --warm: at most 30, as refusals are measured within one minute")
    if given.check and not given.report:
        p.error("--check: only with --report")
    if given.publish and not given.report and (given.quick or given.peers != list(peers.NAMES)):
        p.error("--publish: only of a whole comparison, without --quick and --peers")
    given.deny_keys = given.deny_keys or given.keys
    given.ports = peers.ports(given.base_port)
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    given.out = os.path.abspath(getattr(given, "out", os.path.join(builds.HERE, "out", stamp)))
    return given


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} (expected: at least 1)")
    return number


def natural(text):
    return positive(text) if text != "0" else 0


def numbers(text):
    return [positive(word) for word in text.split(",")]


def one_of(names):
    def chosen(text):
        words = text.split(",")
        unknown = [word for word in words if word not in names]
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)} (expected: {', '.join(names)})")
        return words
    return chosen
