"""The tables that a comparison prints, in markdown."""
import decisions
import targets
from figures import QUIET_CORES, Figures

MIB = 1024 * 1024


def report(rows):
    figures, setup = Figures(rows), next((row for row in rows if row["kind"] == "setup"), {})
    parts = ["# Comparison\n", head(setup, figures), "", "## Against the targets\n", *targets.tables(figures), NOTE]
    return "\n".join(parts + tables(rows, figures, setup))


def tables(rows, figures, setup):
    """All that was measured."""
    return (throughput(figures, "allow", "Allowed: as fast as it goes") + throughput(figures, "deny", "Refused: as fast as it goes")
            + fixed_rate(figures, setup) + deciders(figures) + cores(figures) + exactness(figures) + memory(figures) + problems(rows))


NOTE = """
A ratio is formed within each round and the median taken, with its spread in brackets. ✓ reached, ✓✓ the stretch too, ✗ missed.
"""


def head(setup, figures):
    runs, quiet = quiet_runs(figures)
    out = [f"* {name}: {value}" for name, value in setup.get("facts", {}).items()]
    out += [f"* left out: {name}, {why}" for name, why in setup.get("skipped", {}).items()]
    out.append(f"* {runs} runs, {quiet} of them quiet (others used at most {QUIET_CORES} cores meanwhile). A figure is made "
               "of its quiet runs if there are two or all are quiet, else of all its runs and marked †.")
    return "\n".join(out)


def quiet_runs(figures):
    """How many runs there are, and how many of them nobody disturbed."""
    used = [row["foreign_cores"] for row in figures.rows if "foreign_cores" in row]
    return len(used), sum(cores <= QUIET_CORES for cores in used)


def table(title, columns, lines):
    """A heading and a table; nothing without lines. The first column is text, as is one in *asterisks*."""
    return [f"## {title}\n", *table_lines(columns, lines), ""] if lines else []


def table_lines(columns, lines):
    rule = "".join("---|" if i == 0 or name.startswith("*") else "--:|" for i, name in enumerate(columns))
    rows = ["| " + " | ".join(cells) + " |" for cells in lines]
    return ["| " + " | ".join(name.strip("*") for name in columns) + " |", "|" + rule, *rows]


def throughput(figures, mode, title):
    where, refused = {"kind": "throughput", "mode": mode}, mode == "deny"
    lines = []
    for keys in figures.keys(**where):
        for peer in figures.peers_with(keys=keys, **where):
            here = dict(where, keys=keys, peer=peer)
            lines.append([
                figures.labels[peer], f"{keys:,}", figures.one("rps", **here).text("{:,.0f}"), *cpu(figures, here),
                figures.one("redis_commands", **here).middle("{:.3f}"), figures.one("redis_reads", **here).middle("{:.3f}"),
                *latency(figures, here),
                *([figures.one("denied_share", scale=100, **here).middle("{:.1f} %")] if refused else [])])
    return table(f"{title}, median (min–max)", ["peer", "keys", "requests/s", *CPU, "Redis commands/req", "Redis reads/req",
                                                *LATENCY, *(["refused"] if refused else [])], lines)


CPU = ("gateway CPU µs/req", "Redis CPU µs/req")
LATENCY = ("p50 ms", "p99 ms", "p99.9 ms")


def cpu(figures, here):
    return [figures.one(field, **here).text() for field in ("gateway_cpu_us", "redis_cpu_us")]


def latency(figures, here):
    return [figures.one(field, scale=0.001, **here).text("{:.2f}") for field in ("p50", "p99", "p999")]


def fixed_rate(figures, setup):
    lines = []
    for peer in figures.peers_with(kind="rate"):
        here = {"kind": "rate", "peer": peer}
        lines.append([
            figures.labels[peer], figures.one("rps", **here).text("{:,.0f}"), *latency(figures, here), *cpu(figures, here),
            figures.one("redis_commands", **here).middle("{:.3f}"),
            figures.one("resident_bytes", scale=1 / MIB, **here).middle("{:.0f}"),
            figures.one("late_p99", **here).middle("{:.0f}")])
    keys = "".join(f", {keys:,} keys" for keys in figures.keys(kind="rate"))
    return table(f"At {setup.get('rate', 0):,} requests/s, open loop with Poisson arrivals{keys}, median (min–max)",
                 ["peer", "served/s", *LATENCY, *CPU, "Redis commands/req", "resident MiB", "generator late, p99 µs"], lines)


def deciders(figures):
    def shares(runs):
        decided = [sum(row.get("decided", {}).get(source, 0) for row in runs) for source in decisions.SOURCES]
        return [f"{100 * n / sum(decided):.2f} %" for n in decided] if sum(decided) else None

    lines = []
    for kind, mode in (("throughput", "allow"), ("throughput", "deny"), ("rate", "allow")):
        for keys in figures.keys(kind=kind, mode=mode):
            for peer in figures.peers_with(kind=kind, mode=mode, keys=keys):
                cells = shares(figures.of(kind=kind, mode=mode, keys=keys, peer=peer))
                what = "fixed rate" if kind == "rate" else "refused" if mode == "deny" else "allowed"
                lines += [[figures.labels[peer], what, f"{keys:,}", *cells]] if cells else []
    return table("Who decided, as the gateway counts it",
                 ["peer", "*run*", "keys", "a lease", "a batch", "the memory of a refusal", "nobody: no store"], lines)


def cores(figures):
    where, fields = {"kind": "throughput", "mode": "allow"}, ("gateway", "redis", "backend", "load", "foreign", "stolen")
    keys = min(figures.keys(**where), default=1)
    lines = [[figures.labels[peer], *(figures.one(f + "_cores", keys=keys, peer=peer, **where).middle("{:.2f}") for f in fields)]
             for peer in figures.peers_with(keys=keys, **where)]
    return table(f"Who used the cores (allowed, {keys:,} key{'s' * (keys > 1)}; cores, medians)",
                 ["peer", "gateway", "Redis", "backend", "load generator", "others", "stolen"], lines)


def exactness(figures):
    lines = [[figures.labels[peer], ", ".join(str(row["passed"]) for row in figures.of(kind="exactness", peer=peer))]
             for peer in figures.peers_with(kind="exactness")]
    return table("Exactness: 500 requests at once, limit 100 a minute, a fresh key each time",
                 ["peer", "*passed, trial by trial*"], lines)


def memory(figures):
    def each(row, field):
        return "–" if row[field] is None else f"{round(row[field] / row['keys']):,}"

    rows = figures.of(kind="memory")
    lines = [[row["label"], "refused" if row["mode"] == "deny" else "allowed",
              *(each(row, field) for field in ("node_bytes", "heap_bytes", "redis_bytes"))] for row in rows]
    return table(f"Memory per tracked client, bytes: growth over {rows[0]['keys'] if rows else 0:,} new clients, divided by their number",
                 ["peer", "*clients*", "node, resident", "node, live heap", "Redis, used_memory"], lines)


def problems(rows):
    found = [row for row in rows if row.get("problem")]
    return ["## Problems\n"] + [f"* {describe(row)}: {row['problem']}" for row in found] + [""] if found else []


def describe(row):
    """One run in words."""
    words = [row["kind"], row["peer"]] + [str(row[x]) for x in ("mode", "keys") if x in row]
    return " ".join(words) + (f", round {row['round']}" if "round" in row else "")
