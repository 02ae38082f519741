"""docs/comparison.md: the words of comparison.template beside run, the figures of one comparison."""
import json
import operator
import os
import re
import sys

import report
from builds import HERE, ROOT
from figures import Figures

TEMPLATE = os.path.join(HERE, "comparison.template")
DOCUMENT = os.path.join(ROOT, "docs", "comparison.md")
ROWS = os.path.join(ROOT, "docs", "comparison", "rows.jsonl")
PLACE = re.compile(r"\{\{(.*?)\}\}")


def publish(rows):
    os.makedirs(os.path.dirname(ROWS), exist_ok=True)
    with open(ROWS, "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    with open(DOCUMENT, "w") as file:
        file.write(render(rows))
    print(f"written: {os.path.relpath(DOCUMENT)}, {os.path.relpath(ROWS)}", file=sys.stderr)


def is_current(rows):
    with open(DOCUMENT) as file:
        current = file.read() == render(rows)
    if not current:
        print(f"{os.path.relpath(DOCUMENT)} is not what these rows make; --publish writes it", file=sys.stderr)
    return current


def render(rows):
    """The template with each {{place}} filled in. A place that means nothing ends it."""
    figures, setup = Figures(rows), next(row for row in rows if row["kind"] == "setup")
    blocks = {
        "when": lambda: setup["facts"]["when"],
        "caution": lambda: caution(figures),
        "rate": lambda: f"{setup['rate']:,}",
        "facts": lambda: report.head(setup, figures),
        "summary": lambda: "\n".join(summary(figures)),
        "ratios": lambda: "\n".join(ratios(figures)),
        "tables": lambda: "\n".join(report.tables(rows, figures, setup)).rstrip(),
    }

    def filled(place):
        words = place.group(1).split()
        return blocks[words[0]]() if words[0] in blocks else figure(figures, *words)

    with open(TEMPLATE) as file:
        return PLACE.sub(filled, file.read())


def caution(figures):
    """A sentence for a document that should not be relied on much, else nothing."""
    runs, quiet = report.quiet_runs(figures)
    return "" if 2 * quiet >= runs else ("\n**Other processes disturbed most of these runs. Repeat the comparison on a quiet machine before you rely on "
                                         "a figure.**")


# ---------------------------------------------------------------- single figures, for sentences

def cpu(row):
    """Of gateway and Redis together, for a request."""
    return row["gateway_cpu_us"] + row["redis_cpu_us"]


FIELDS = {  # name: field, scale, form
    "rps": ("rps", 1, "{:,.0f}"), "cpu": (cpu, 1, "{:.0f}"), "commands": ("redis_commands", 1, "{:.3g}"),
    "p50": ("p50", 0.001, "{:.2f}"), "p99": ("p99", 0.001, "{:.2f}"), "resident": ("resident_bytes", 1 / report.MIB, "{:.0f}"),
}


def figure(figures, name, *words):
    """`cpu exact 1000`, `cpu exact 1000 deny`, `p99 exact` (at the fixed rate)."""
    field, scale, form = FIELDS[name]
    return figures.one(field, scale, peer=words[0], **which(*words[1:])).middle(form)


def which(keys="rate", mode="allow"):
    return {"kind": "rate"} if keys == "rate" else {"kind": "throughput", "mode": mode, "keys": int(keys)}


# ---------------------------------------------------------------- the first tables

def summary(figures):
    columns = ["peer", *(f"requests/s, {clients(n)}" for n in counts(figures)), "CPU µs/req, 1,000 clients",
               *(f"Redis commands/req, {clients(n)}" for n in counts(figures)), "p50 ms", "p99 ms", "of 500 at once, limit 100"]
    lines = [[figures.labels[peer], *cells(figures, peer)] for peer in figures.peers]
    return report.table_lines(columns, lines)


def counts(figures):
    return figures.keys(kind="throughput", mode="allow")


def clients(n):
    return f"{n:,} client{'s' * (n > 1)}"


def cells(figures, peer):
    here = {"kind": "throughput", "mode": "allow", "peer": peer}
    passed = sorted({row["passed"] for row in figures.of(kind="exactness", peer=peer)})
    return [
        *(figures.one("rps", keys=n, **here).marked("{:,.0f}") for n in counts(figures)),
        figures.one(cpu, keys=1000, **here).marked("{:.0f}"),
        *(figures.one("redis_commands", keys=n, **here).middle("{:.3f}") for n in counts(figures)),
        *(figures.one(field, 0.001, kind="rate", peer=peer).marked("{:.2f}") for field in ("p50", "p99")),
        "–".join(str(n) for n in (passed[:1] + passed[1:][-1:])) or "no limit",
    ]


def ratios(figures):
    """This gateway's requests/s divided by those of each peer, round by round."""
    def to(peer, n):
        return figures.pair(operator.truediv, "rps", "exact", peer, kind="throughput", mode="allow", keys=n).text("{:.2f}")

    lines = [[figures.labels[peer], *(to(peer, n) for n in counts(figures))] for peer in figures.peers if peer not in ("exact", "strict")]
    return report.table_lines(["APITWO, exact, to", *map(clients, counts(figures))], lines)
