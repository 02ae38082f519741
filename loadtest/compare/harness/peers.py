"""Who is compared: processes (services) and what is measured of them (peers)."""
import dataclasses
import glob
import os
import re
import shutil
import subprocess
import sys

from processes import Failure

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(HERE))
PORTS = ("backend", "redis", "gateway", "management", "nginx-plain", "nginx-limit-req", "nginx-lua-incr",
         "nginx-lua-evalsha", "haproxy")  # in this order from the base port on
BODY = '{"service":"backend","numbers":[1,2,3,4,5,6,7,8,9,10],"text":"%s"}'
BODY = BODY % ("fixed " * 40)[:208 - len(BODY) + 2]
SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


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
    cold: bool = False  # a JVM, which needs its time to become fast

    @property
    def uses_redis(self):
        return self.service.uses_redis and self.name != "off"


LIMITED = {"allow": "/allow/x", "deny": "/deny/x", "exact": "/exact/x"}
NAMES = ("off", "exact", "strict", "plain", "limit-req", "incr", "evalsha", "haproxy")
LABELS = {
    "off": "APITWO, limits off", "exact": "APITWO, exact", "strict": "APITWO, strict",
    "plain": "nginx `proxy_pass`, no limits", "limit-req": "nginx `limit_req` (own memory)",
    "incr": "nginx + Lua + Redis, 3 INCR", "evalsha": "nginx + Lua + Redis, 1 EVALSHA",
    "haproxy": "HAProxy stick tables (own memory)",
}


def find(program):
    return shutil.which(program, path=SYSTEM_PATH)


def need(program, why):
    found = find(program)
    if not found:
        raise Failure(f"{program} is not installed ({why})")
    return found


def ports(base):
    return {name: base + i for i, name in enumerate(PORTS)}


def render(folder, port, strict):
    """Copies peers/ and gateway/ into a folder and fills in the @WORDS@."""
    words = {"BACKEND": port["backend"], "REDIS": port["redis"], "BODY": BODY,
             "STRICT": "accuracy: strict" if strict else "# the store is this node's own memory: nothing to settle"}
    for source in glob.glob(os.path.join(HERE, "peers", "*", "*")) + glob.glob(os.path.join(HERE, "gateway", "*")):
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


def lua_nginx():
    """An nginx that speaks Lua, with the directives that load it, or None."""
    if find("openresty"):
        return find("openresty"), ""
    told = subprocess.run([need("nginx", "the backend"), "-V"], capture_output=True, text=True).stderr
    modules = re.search(r"--modules-path=(\S+)", told)
    files = [os.path.join(modules.group(1) if modules else "", name + ".so") for name in ("ndk_http_module", "ngx_http_lua_module")]
    if all(map(os.path.exists, files)):
        return find("nginx"), "".join(f"load_module {file};" for file in files)
    return None


def jar():
    """The gateway's jar, built if it is missing."""
    path = os.path.join(ROOT, "target", "apitwo.jar")
    if not os.path.exists(path):
        maven = os.environ.get("MVN", "mvn")
        print(f"building {os.path.relpath(path)}", file=sys.stderr, flush=True)
        build = [need(maven, "to build the gateway"), "-q", "-B", "-ntp", "-DskipTests", "package"]
        if subprocess.run(build, cwd=ROOT, stdout=sys.stderr).returncode:
            raise Failure("the gateway does not build")
    return path


def jar_is_old(path):
    sources = glob.glob(os.path.join(ROOT, "src", "main", "**", "*.java"), recursive=True)
    return any(os.path.getmtime(source) > os.path.getmtime(path) for source in sources)


def choose(names, folder, port, store, java_options):
    """The peers that can run here, and a word about each that cannot."""
    def at(name):
        return os.path.join(folder, name)

    plain = need("nginx", "the backend")
    lua = lua_nginx() if {"incr", "evalsha"} & set(names) else None
    services, skipped = {}, {}
    for name in names:
        if name in ("off", "exact", "strict"):
            if name == "strict" and store == "embedded":
                skipped[name] = "counters in the node's own memory are never behind a round trip"
                continue
            if "gateway" not in services:
                services["gateway"] = Service(
                    "gateway", port["gateway"],
                    [need("java", "the gateway"), *java_options, "-jar", jar(), "--rules", os.path.join(at("gateway"), "rules.yaml")],
                    uses_redis=store == "redis", management_port=port["management"])
        elif name in ("incr", "evalsha"):
            if not lua:
                skipped[name] = "no Lua module for nginx is installed (Debian: libnginx-mod-http-lua)"
                continue
            services[name] = Service(f"nginx-lua-{name}", port[f"nginx-lua-{name}"], nginx(at(f"nginx-lua-{name}"), *lua), uses_redis=True)
        elif name == "haproxy":
            if not find("haproxy"):
                skipped[name] = "haproxy is not installed"
                continue
            services[name] = Service(name, port[name], [find("haproxy"), "-db", "-f", os.path.join(at(name), "haproxy.cfg")])
        else:
            services[name] = Service(f"nginx-{name}", port[f"nginx-{name}"], nginx(at(f"nginx-{name}"), plain))
    paths = {
        "off": {"allow": "/off/x"}, "plain": {"allow": "/x"},
        "strict": {"allow": "/strict/x", "exact": "/exact-strict/x"},
    }
    own = ("off", "exact", "strict")
    return [Peer(n, LABELS[n], services["gateway" if n in own else n], paths.get(n, LIMITED), cold=n in own)
            for n in names if n not in skipped], skipped
