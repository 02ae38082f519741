"""Programs: those that are installed, and those that are built here first."""
import glob
import os
import shutil
import subprocess
import sys

from processes import Failure

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(HERE))
SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


class Absent(Exception):
    """Why a peer cannot take part, in a few words."""


def find(program):
    return shutil.which(program, path=SYSTEM_PATH)


def need(program, why):
    found = find(program)
    if not found:
        raise Failure(f"{program} is not installed ({why})")
    return found


def installed(program):
    """As need, for a program that only one peer is made of."""
    found = find(program)
    if not found:
        raise Absent(f"{program} is not installed")
    return found


def said(*command):
    """All that a command prints."""
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip()


def maven_command():
    return os.environ.get("MVN", "mvn")


def gateway():
    """The gateway's jar, built if it is missing."""
    jar = os.path.join(ROOT, "target", "apitwo.jar")
    if not os.path.exists(jar) and not built(
            ROOT, need(maven_command(), "to build the gateway"), "-q", "-B", "-ntp", "-DskipTests", "package"):
        raise Failure("the gateway does not build")
    return jar


def gateway_is_old(jar):
    return older(jar, os.path.join(ROOT, "src", "main"))


def maven(peer):
    """The jar of a peer that is a Maven project, built if it is missing or older than its sources."""
    folder = os.path.join(HERE, "peers", peer)
    jar = os.path.join(folder, "target", peer + ".jar")
    if older(jar, os.path.join(folder, "src"), os.path.join(folder, "pom.xml")) and not built(
            folder, installed(maven_command()), "-q", "-B", "-ntp", "package"):
        raise Absent("it does not build here")
    return jar


def node(peer):
    """The command of a peer that is a program for Node; its packages are installed if that was not done yet."""
    folder = os.path.join(HERE, "peers", peer)
    program, npm = installed("node"), installed("npm")
    if older(os.path.join(folder, "node_modules", ".package-lock.json"), os.path.join(folder, "package-lock.json")) and not built(
            folder, npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"):
        raise Absent("its packages cannot be installed here")
    return [program, os.path.join(folder, "server.js")]


def built(folder, *command):
    print(f"building {os.path.relpath(folder)}", file=sys.stderr, flush=True)
    return subprocess.run(command, cwd=folder, stdout=sys.stderr).returncode == 0


def older(product, *sources):
    """Whether a file is missing, or older than a file among the sources."""
    if not os.path.exists(product):
        return True
    files = [file for source in sources for file in [source, *glob.glob(os.path.join(source, "**"), recursive=True)]]
    return any(os.path.getmtime(file) > os.path.getmtime(product) for file in filter(os.path.isfile, files))
