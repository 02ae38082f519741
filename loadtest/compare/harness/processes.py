"""Starts and ends processes, and reads what Linux counts about them."""
import ctypes
import os
import re
import signal
import socket
import subprocess
import time

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)
libc = ctypes.CDLL(None)


class Failure(Exception):
    """What ends the comparison, in words for who started it."""


class Started:
    """The processes of this run. Nothing else is ever signalled."""

    def __init__(self):
        self.processes = []

    def start(self, name, command, log, cwd, env=None):
        """Starts a process in a session of its own, so that Ctrl-C reaches it only through end()."""
        with open(log, "ab") as out:
            process = subprocess.Popen(
                command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, preexec_fn=follow_parent)
        process.name, process.log = name, log
        self.processes.append(process)
        return process

    def end(self):
        """Asks each to end, the last one first, and waits for it; kills what is left of its group after ten seconds."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()


def follow_parent():
    """Runs in the child: should this program be killed outright, the child is asked to end too."""
    libc.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def await_port(process, port, seconds=60):
    """Waits until something listens on the port."""
    await_that(process, seconds, f"listens on port {port}", lambda: connects(port))


def await_that(process, seconds, what, condition):
    """Polls a condition, as long as the process lives."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None:
            raise Failure(f"{process.name} ended by itself ({process.returncode}):\n{tail(process.log)}")
        if time.monotonic() > deadline:
            raise Failure(f"{process.name}: not within {seconds} s: {what}\n{tail(process.log)}")
        time.sleep(0.05)


def tail(path, lines=15):
    with open(path, errors="replace") as log:
        return "".join(log.readlines()[-lines:])


def connects(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def taken(port):
    """Whether somebody listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return False
        except OSError:
            return True


def family(pid):
    """A process and all its descendants, now."""
    children = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        fields = stat(entry)
        if fields:
            children.setdefault(int(fields[1]), []).append(int(entry))
    found, rest = [], [pid]
    while rest:
        found.append(rest.pop())
        rest += children.get(found[-1], [])
    return found


def stat(pid):
    """The fields of /proc/PID/stat from the state on, or none when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def cpu_seconds(pid):
    """User and system time of a process and its descendants."""
    fields = filter(None, map(stat, family(pid)))
    return sum(int(f[11]) + int(f[12]) for f in fields) / TICKS_PER_SECOND


def resident_bytes(pid):
    """Resident memory of a process and its descendants; what they share is counted once, where Linux lets us."""
    return sum(map(resident_of_one, family(pid)))


def resident_of_one(pid):
    for name, field in (("smaps_rollup", "Pss"), ("status", "VmRSS")):
        try:
            with open(f"/proc/{pid}/{name}") as file:
                return 1024 * int(re.search(rf"^{field}:\s+(\d+) kB", file.read(), re.M).group(1))
        except (OSError, AttributeError):
            continue
    return 0


def machine_seconds():
    """Busy and stolen seconds of all cores since the start of the machine."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, steal = (int(x) / TICKS_PER_SECOND for x in file.readline().split()[1:9])
    return user + nice + system + irq + softirq, steal


def own_child_seconds():
    """CPU of this program and of the load generators that it has waited for."""
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system
