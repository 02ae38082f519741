"""Who is compared: processes (services) and what is measured of them (peers)."""
import dataclasses
import glob
import os
import re

import builds
from builds import Absent, find, need

PORTS = ("backend", "redis", "gateway", "management", "nginx-plain", "nginx-limit-req", "nginx-lua-incr",
         "nginx-lua-evalsha", "haproxy", "spring-gateway", "vertx-bucket4j", "node")  # in this order from the base port on
BODY = '{"service":"backend","numbers":[1,2,3,4,5,6,7,8,9,10],"text":"%s"}'
BODY = BODY % ("fixed " * 40)[:208 - len(BODY) + 2]


@dataclasses.dataclass
class Service:
    """One process tree. `folder` holds its configuration, rendered into the folder of the run."""
    name: str
    port: int
    command: list
    uses_redis: bool = False
    management_port: int = 0  # of this gateway alone
    process: object = None


@dataclasses.dataclass
class Peer:
    """One row of the tables: a service, and the path that stands for each mode (allow, deny, exact)."""
    name: str
    label: str
    service: Service
    paths: dict

    @property
    def uses_redis(self):
        return self.service.uses_redis and self.name != "off"

    @property
    def jvm(self):
        return self.service.name in ("gateway", "spring-gateway", "vertx-bucket4j")

    @property
    def cold(self):
        """Whether a compiler works while it runs, which needs its time to make it fast."""
        return self.jvm or self.name == "node"


LIMITED = {"allow": "/allow/x", "deny": "/deny/x", "exact": "/exact/x"}
PATHS = {  # of the peers that do not have these three
    "off": {"allow": "/off/x"}, "plain": {"allow": "/x"},
    "strict": {"allow": "/strict/x", "exact": "/exact-strict/x"},
    "batching": {"allow": "/batching/allow/x", "exact": "/batching/exact/x"},
}
SERVICES = {
    "off": "gateway", "exact": "gateway", "strict": "gateway", "plain": "nginx-plain", "limit-req": "nginx-limit-req",
    "incr": "nginx-lua-incr", "evalsha": "nginx-lua-evalsha", "haproxy": "haproxy", "spring": "spring-gateway",
    "bucket4j": "vertx-bucket4j", "batching": "vertx-bucket4j", "node": "node",
}
NAMES = tuple(SERVICES)
LABELS = {
    "off": "APITWO, limits off", "exact": "APITWO, exact", "strict": "APITWO, strict",
    "plain": "nginx `proxy_pass`, no limits", "limit-req": "nginx `limit_req` (own memory)",
    "incr": "nginx + Lua + Redis, 3 INCR", "evalsha": "nginx + Lua + Redis, 1 EVALSHA",
    "haproxy": "HAProxy stick tables (own memory)", "spring": "Spring Cloud Gateway + Redis",
    "bucket4j": "Vert.x + Bucket4j + Redis", "batching": "Vert.x + Bucket4j + Redis, batching",
    "node": "Node + rate-limiter-flexible + Redis",
}
IN_OWN_MEMORY = ("nginx-plain", "nginx-limit-req", "haproxy")


def ports(base):
    return {name: base + i for i, name in enumerate(PORTS)}


def render(folder, port, strict):
    """Copies peers/ and gateway/ into a folder and fills in the @WORDS@."""
    words = {"BACKEND": port["backend"], "REDIS": port["redis"], "BODY": BODY,
             "STRICT": "accuracy: strict" if strict else "# the store is this node's own memory: nothing to settle"}
    for source in filter(os.path.isfile, glob.glob(os.path.join(builds.HERE, "peers", "*", "*"))
                         + glob.glob(os.path.join(builds.HERE, "gateway", "*"))):
        name = os.path.basename(os.path.dirname(source))
        own = dict(words, PORT=port.get(name))
        with open(source) as file:
            text = re.sub(r"@([A-Z]+)@", lambda word: str(own[word.group(1)]), file.read())
        os.makedirs(os.path.join(folder, name, "temp"), exist_ok=True)
        with open(os.path.join(folder, name, os.path.basename(source)), "w") as file:
            file.write(text)


def nginx(folder, program, directives=""):
    """An nginx in the foreground with `folder` as its prefix. As root its workers stay root, to reach that folder."""
    directives += "daemon off; pid temp/nginx.pid; error_log stderr error;" + ("user root;" if os.geteuid() == 0 else "")
    return [program, "-p", folder + "/", "-c", os.path.join(folder, "nginx.conf"), "-e", "stderr", "-g", directives]


def choose(names, folder, port, store, java_options):
    """The peers that can run here, and a word about each that cannot."""
    services, skipped = {}, {}
    for name in names:
        service = SERVICES[name]
        try:
            if name == "strict" and store == "embedded":
                raise Absent("counters in the node's own memory are never behind a round trip")
            if service not in services:
                services[service] = Service(
                    service, port[service], command(service, os.path.join(folder, service), port, java_options),
                    uses_redis=store == "redis" if service == "gateway" else service not in IN_OWN_MEMORY,
                    management_port=port["management"] if service == "gateway" else 0)
        except Absent as why:
            skipped[name] = str(why)
    return [Peer(name, LABELS[name], services[SERVICES[name]], PATHS.get(name, LIMITED))
            for name in names if name not in skipped], skipped


def command(service, folder, port, java_options):
    """What starts a service whose configuration is in the folder; builds it if that has to be done first."""
    own_ports = [str(port[name]) for name in (service, "backend", "redis")]
    if service == "gateway":
        return [need("java", "the gateway"), *java_options, "-jar", builds.gateway(), "--rules", os.path.join(folder, "rules.yaml")]
    if service == "spring-gateway":
        return [need("java", "the gateway"), *java_options, "-jar", builds.maven(service),
                "--spring.config.location=" + os.path.join(folder, "application.yaml")]
    if service == "vertx-bucket4j":
        return [need("java", "the gateway"), *java_options, "-jar", builds.maven(service), *own_ports]
    if service == "node":
        return [*builds.node(service), *own_ports]
    if service == "haproxy":
        return [builds.installed("haproxy"), "-db", "-f", os.path.join(folder, "haproxy.cfg")]
    return nginx(folder, *(lua_nginx() if "lua" in service else (need("nginx", "the backend"), "")))


def lua_nginx():
    """An nginx that speaks Lua, and the directives that load it."""
    if find("openresty"):
        return find("openresty"), ""
    told = builds.said(need("nginx", "the backend"), "-V")
    modules = re.search(r"--modules-path=(\S+)", told)
    files = [os.path.join(modules.group(1) if modules else "", name + ".so") for name in ("ndk_http_module", "ngx_http_lua_module")]
    if not all(map(os.path.exists, files)):
        raise Absent("no Lua module for nginx is installed (Debian: libnginx-mod-http-lua)")
    return find("nginx"), "".join(f"load_module {file};" for file in files)
