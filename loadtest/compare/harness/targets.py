"""The ratios that the gateway is held to, beside what was measured."""
import operator

DIVIDE = operator.truediv
KEYS = (1, 1000, 100000)
AT_LEAST, AT_MOST = "≥", "≤"

# (what, mode, field, combine, peer, other; per number of keys: target, stretch)
BY_KEYS = (
    ("to the same gateway with limits off", "allow", "rps", DIVIDE, "exact", "off", AT_LEAST,
     ((0.97, None), (0.85, 0.92), (0.60, 0.80))),
    ("to nginx plain `proxy_pass` with no limits", "allow", "rps", DIVIDE, "exact", "plain", AT_LEAST,
     ((1.0, 1.1), (0.85, 0.95), (0.60, 0.75))),
    ("to nginx + Lua + three INCR", "allow", "rps", DIVIDE, "exact", "incr", AT_LEAST,
     ((2.8, None), (2.8, None), (2.3, 3.0))),
    ("to nginx + Lua + one EVALSHA", "allow", "rps", DIVIDE, "exact", "evalsha", AT_LEAST,
     ((1.8, None), (1.6, None), (1.15, 1.5))),
    ("Redis commands per request", "allow", "redis_commands", None, "exact", None, AT_MOST,
     ((0.01, None), (0.25, None), (3, None))),
    ("refused flood: to nginx `limit_req` refusing", "deny", "rps", DIVIDE, "exact", "limit-req", AT_LEAST,
     ((0.75, 0.9), (0.75, 0.9), (0.75, 0.9))),
)

RATE = {"kind": "rate"}
ONE_KEY = {"kind": "throughput", "mode": "allow", "keys": 1}
ALL_KEYS = {"kind": "throughput", "mode": "allow", "keys": 100000}

# (what, where, field, combine, peer, other, comparison, target, form)
SINGLE = (
    ("fixed rate: p50 above nginx plain's, ms", RATE, "p50", lambda a, b: (a - b) / 1000, "exact", "plain",
     AT_MOST, 0.1, "{:.3f}"),
    ("fixed rate: p99 to nginx plain's", RATE, "p99", DIVIDE, "exact", "plain", AT_MOST, 2, "{:.2f}"),
    ("`strict` to limits off, requests/s at one key", ONE_KEY, "rps", DIVIDE, "strict", "off", AT_LEAST, 0.75, "{:.2f}"),
    ("Redis CPU per request at 100,000 keys, to three INCR", ALL_KEYS, "redis_cpu_us", DIVIDE, "exact", "incr",
     AT_MOST, 0.2, "{:.3f}"),
)


def tables(figures):
    """Markdown; the comparison never fails for a target that is missed."""
    out = ["| ratio of requests/s (in brackets: the stretch) | " + " | ".join(
        f"{k:,} key{'s' * (k > 1)} | target" for k in KEYS) + " |", "|---|" + "--:|--:|" * len(KEYS)]
    for what, mode, field, combine, peer, other, sign, goals in BY_KEYS:
        cells = [what]
        for keys, (target, stretch) in zip(KEYS, goals):
            where = {"kind": "throughput", "mode": mode, "keys": keys}
            figure = measured(figures, combine, field, peer, other, where)
            goal = f"{sign} {target}" + (f" ({stretch})" if stretch else "")
            cells += [figure.text("{:.2f}" if combine else "{:.4f}"), goal + verdict(figure, sign, target, stretch)]
        out.append("| " + " | ".join(cells) + " |")
    out += ["", "| at once | measured | target |", "|---|--:|--:|"]
    for what, where, field, combine, peer, other, sign, target, form in SINGLE:
        figure = measured(figures, combine, field, peer, other, where)
        out.append(f"| {what} | {figure.text(form)} | {sign} {target}{verdict(figure, sign, target)} |")
    return out


def measured(figures, combine, field, peer, other, where):
    return figures.pair(combine, field, peer, other, **where) if combine else figures.one(field, peer=peer, **where)


def verdict(figure, sign, target, stretch=None):
    if figure.median is None:
        return ""
    reached = operator.ge if sign == AT_LEAST else operator.le
    if stretch and reached(figure.median, stretch):
        return " ✓✓"
    return " ✓" if reached(figure.median, target) else " ✗"
