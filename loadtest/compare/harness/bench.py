"""One measurement at a time: drives load at one peer and makes a row (a dict) of what was seen."""
import http.client
import json
import os
import re
import subprocess
import time

import decisions
import processes
from builds import HERE, find
from peers import BODY
from processes import Failure
from redisclient import Redis

SECONDS_PER_MINUTE = 60
BURST = 500  # connections of an exactness trial, and the limit that they meet:
BURST_LIMIT = 100
ANSWERS = {"allow": 200, "deny": 429}


class Unmeasured(Failure):
    """Why one measurement of one peer cannot be made; the others go on."""


class Bench:
    """The backend, Redis and the peers, running; `drive` is the compiled load/drive.c."""

    def __init__(self, options, drive, redis_process, backend_process):
        self.options, self.drive = options, drive
        self.redis_process, self.backend_process = redis_process, backend_process
        self.redis = Redis(options.ports["redis"])

    # ------------------------------------------------------------ the kinds of runs

    def throughput(self, peer, mode, keys, seconds, round_number):
        """wrk, as fast as it goes over --connections connections. Refusals take new keys each time."""
        prefix = f"refused{round_number}-{keys}-" if mode == "deny" else "key-"
        self.prepare(peer, mode, prefix, keys, seconds)
        command = [find("wrk"), f"-t{self.options.threads}", f"-c{self.options.connections}", f"-d{seconds}s",
                   "-s", os.path.join(HERE, "load", "keys.lua"),
                   f"http://127.0.0.1:{peer.service.port}{peer.paths[mode]}", "--", str(keys), prefix]
        row = self.watched(peer, command)
        row["denied_share"] = row.pop("refused") / row["requests"]
        wrong = row["denied_share"] if mode == "allow" else 1 - row["denied_share"]
        row["problem"] = self.problem(row, wrong, 0.02 if mode == "deny" else 0)
        return dict(row, kind="throughput", mode=mode, keys=keys)

    def fixed_rate(self, peer, keys, seconds, seed):
        """Poisson arrivals at --rate requests a second, whatever the peer does."""
        self.prepare(peer, "allow", "key-", keys, seconds)
        row = self.watched(peer, self.driven(peer, "allow", "key-", self.options.connections,
                                             "rate", self.options.rate, seconds, keys, seed))
        row["broken"] += row["unanswered"]
        wrong = 1 - row["status"].get("200", 0) / max(1, row["requests"])
        row["problem"] = self.problem(row, wrong, 0)
        return dict(row, kind="rate", mode="allow", keys=keys)

    def exactness(self, peer, trial):
        """BURST connections send one request each, at once, with one fresh key, within one minute."""
        self.await_room(10)
        watch = decisions.Watch(peer.service)
        row = self.run(self.driven(peer, "exact", f"burst-{peer.name}-{os.getpid()}-{trial}", BURST, "burst"))
        decided = watch.since()
        passed = row["status"].get("200", 0)
        right = passed == BURST_LIMIT and row["status"].get("429", 0) == BURST - BURST_LIMIT
        return {"kind": "exactness", "trial": trial, "status": row["status"], "passed": passed, "broken": row["broken"],
                "decided": decided, "problem": decisions.without_store(decided) or
                ("" if right else f"{passed} of {BURST} passed a limit of {BURST_LIMIT}: {row['status']}")}

    def memory(self, peer, mode, keys):
        """What the node and Redis hold more of after `keys` new clients came: once (allow), or once too often (deny)."""
        self.redis.clear()
        before = self.sizes(peer)
        for _ in range(2 if mode == "deny" else 1):
            self.run(self.driven(peer, mode, "client-", self.options.connections, "sweep", keys))
        after = self.sizes(peer)
        row = {name: None if before[name] is None or after[name] is None else after[name] - before[name] for name in before}
        return dict(row, kind="memory", mode=mode, keys=keys, problem="")

    # ------------------------------------------------------------ before a run

    def prepare(self, peer, mode, prefix, keys, seconds):
        """Empty counters; for refusals every key used up, and enough of the minute left for the run."""
        if peer.uses_redis:
            self.redis.clear()
        if mode == "deny":
            self.use_up(peer, prefix, keys, seconds)
        status, body = self.ask(peer, mode, prefix)
        if status != ANSWERS[mode] or (mode == "allow" and body != BODY):
            raise Failure(f"{peer.name} answered {status} on {peer.paths[mode]} ({mode}): {body[:200]}")

    def use_up(self, peer, prefix, keys, seconds):
        """Sends every key's one allowed request. At worst that takes longer than was thought, and is done again."""
        expected = 1 + keys / 10000
        for _ in range(2):
            self.await_room(expected + seconds + 2)
            began = time.time()
            self.run(self.driven(peer, "deny", prefix, self.options.connections, "sweep", keys))
            expected = 2 * (time.time() - began)
            if left_of_minute() > seconds + 1 and left_of_minute() < SECONDS_PER_MINUTE - (time.time() - began):
                return
        raise Unmeasured(f"{keys} keys are not used up within a minute")

    def await_room(self, seconds):
        """Waits for the next minute, unless so many seconds are left of this one."""
        if left_of_minute() < min(seconds, SECONDS_PER_MINUTE - 1):
            time.sleep(left_of_minute() + 0.05)

    def ask(self, peer, mode, prefix):
        connection = http.client.HTTPConnection("127.0.0.1", peer.service.port, timeout=10)
        try:
            connection.request("GET", peer.paths[mode], headers={"X-Api-Key": prefix + "000001"})
            response = connection.getresponse()
            return response.status, response.read().decode()
        except OSError as e:
            raise Failure(f"{peer.name} does not answer: {e}") from e
        finally:
            connection.close()

    def driven(self, peer, mode, prefix, connections, *plan):
        return [self.drive, *map(str, (peer.service.port, peer.paths[mode], connections, prefix, *plan))]

    # ------------------------------------------------------------ the run itself

    def run(self, command):
        """Runs a load generator; the last line it prints is a JSON object."""
        done = subprocess.run(command, capture_output=True, text=True)
        try:
            return json.loads(done.stdout.splitlines()[-1])
        except (ValueError, IndexError):
            raise Failure(f"{os.path.basename(command[0])}: {(done.stdout + done.stderr).strip()[-500:]}") from None

    def watched(self, peer, command):
        """Runs a load generator and adds who used how much meanwhile."""
        pids = {"gateway": peer.service.process.pid, "redis": self.redis_process.pid, "backend": self.backend_process.pid}
        counted = ("total_commands_processed", "total_reads_processed")
        commands, reads = self.redis.info("stats", *counted)
        cpu = {who: processes.cpu_seconds(pid) for who, pid in pids.items()}
        watch = decisions.Watch(peer.service)
        (busy, stolen), own, began = processes.machine_seconds(), processes.own_child_seconds(), time.monotonic()
        row = self.run(command)
        wall, own = time.monotonic() - began, processes.own_child_seconds() - own
        busy, stolen = (after - before for after, before in zip(processes.machine_seconds(), (busy, stolen)))
        used = {who: processes.cpu_seconds(pid) - cpu[who] for who, pid in pids.items()}
        commands, reads = (after - before - 1 for after, before in zip(self.redis.info("stats", *counted), (commands, reads)))
        n, row["decided"] = max(1, row["requests"]), watch.since()
        shared = peer.uses_redis  # else what Redis does meanwhile is its own housekeeping
        row.update({f"{who}_cpu_us": 1e6 * seconds / n if who != "redis" or shared else 0 for who, seconds in used.items()})
        row.update({f"{who}_cores": seconds / wall for who, seconds in used.items()})
        row.update(
            rps=row["requests"] / row["seconds"], load_cores=own / wall,
            foreign_cores=max(0.0, (busy - own - sum(used.values())) / wall), stolen_cores=stolen / wall,
            redis_commands=commands / n if shared else 0, redis_reads=reads / n if shared else 0,
            resident_bytes=processes.resident_bytes(pids["gateway"]))
        return row

    def problem(self, row, wrong, tolerated):
        """A sentence when a run did not measure what it should, else nothing."""
        if row["broken"]:
            return f"{row['broken']} requests without an answer"
        if decisions.without_store(row["decided"]):
            return decisions.without_store(row["decided"])
        return f"{100 * wrong:.2f} % wrong answers" if wrong > tolerated else ""

    # ------------------------------------------------------------ memory

    def sizes(self, peer):
        heap = self.live_heap(peer) if peer.jvm else None  # first: what it collects is then not resident garbage
        return {"node_bytes": processes.resident_bytes(peer.service.process.pid), "heap_bytes": heap,
                "redis_bytes": self.redis.info("memory", "used_memory")[0] if peer.uses_redis else 0}

    def live_heap(self, peer):
        """What a full collection leaves in the JVM's heap, or None without jcmd."""
        jcmd, pid = find("jcmd"), str(peer.service.process.pid)
        if not jcmd:
            return None
        told = ""
        for order in ("GC.run", "GC.run", "GC.heap_info"):
            told = subprocess.run([jcmd, pid, order], capture_output=True, text=True).stdout
        used = re.search(r"heap\s+total \d+K, used (\d+)K", told)
        return 1024 * int(used.group(1)) if used else None


def left_of_minute():
    return SECONDS_PER_MINUTE - time.time() % SECONDS_PER_MINUTE
