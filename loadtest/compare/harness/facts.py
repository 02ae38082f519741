"""What a reader must know about the machine and the programs."""
import datetime
import json
import os
import platform
import re
import zipfile

import builds

PROGRAMS = (("nginx", "-v"), ("redis-server", "-v"), ("haproxy", "-v"), ("wrk", "-v"), ("node", "-v"))
VERSION = r"(\d+\.\d+(\.\d+)?)"
JARS = re.compile(r"(?:^|/)(spring-boot|spring-cloud-gateway-server-webflux|bucket4j_jdk17-core|vertx-core|vertx-http-proxy|lettuce-core)"
                  r"-(\d[\w.]*)\.jar$")


def facts(options, chosen):
    out = {
        "when": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": machine(),
        "load": f"wrk -t{options.threads} -c{options.connections}; rounds of {options.duration} s: {options.rounds}; "
                f"each path of a JVM and of Node warmed for {options.warm} s",
        "programs": ", ".join(filter(None, (versioned(*program) for program in PROGRAMS))),
    }
    for name, service in {peer.service.name: peer.service for peer in chosen}.items():
        found = describe(service, options) if name == "gateway" else libraries(name)
        if found:
            out[name] = found
    return out


def machine():
    """Its kind, but nothing that names it: of the kernel the number alone."""
    with open("/proc/cpuinfo") as file:
        text = file.read()
    model = re.search(r"model name\s*: (.*)", text)
    gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024 ** 3
    kind = "a virtual machine, " if re.search(r"^flags\s*:.*\bhypervisor\b", text, re.M) else ""
    return (f"{kind}{os.cpu_count()} cores, {model.group(1) if model else platform.machine()}, {gib:.0f} GiB, "
            f"Linux {re.match(r'[0-9.]*', platform.release()).group()}")


def versioned(program, flag):
    version = re.search(VERSION, builds.said(builds.find(program), flag)) if builds.find(program) else None
    return f"{program} {version.group(1)}" if version else None


def libraries(service):
    """The libraries that a peer was built with, by the names of the files that it loads."""
    folder = os.path.join(builds.HERE, "peers", service)
    if service == "node":
        with open(os.path.join(folder, "package.json")) as file:
            return ", ".join(f"{name} {version}" for name, version in json.load(file)["dependencies"].items())
    jar, beside = os.path.join(folder, "target", service + ".jar"), os.path.join(folder, "target", "lib")
    names = zipfile.ZipFile(jar).namelist() if os.path.exists(jar) else []
    names += os.listdir(beside) if os.path.exists(beside) else []
    return ", ".join(f"{found.group(1)} {found.group(2)}" for found in map(JARS.search, sorted(names)) if found)


def describe(gateway, options):
    git, jar = builds.find("git"), builds.gateway()
    revision = builds.said(git, "-C", builds.ROOT, "describe", "--always", "--dirty", "--abbrev=12") if git else "unknown"
    java = builds.said(builds.find("java"), "-version").partition("\n")[0]
    old = ", JAR OLDER THAN SOURCES" if builds.gateway_is_old(jar) else ""
    chosen = re.search(r"store=\S+ transport=\S+", ready_line(gateway)).group()
    return f"{revision}{old}, {java}, {' '.join(options.java_opts)}, {chosen}"


def ready_line(service):
    """The line by which the gateway says that it serves, or None."""
    with open(service.process.log) as log:
        return next((text for text in log if text.startswith("apitwo ready ")), None)
