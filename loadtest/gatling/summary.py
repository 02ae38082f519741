"""Writes target/summary.md from what Gatling says and the simulations claim. Exit 1 if anything does not hold."""

import pathlib
import re
import sys

target = pathlib.Path("target")
claims = {}
if (target / "claims").exists():
    for line in (target / "claims").read_text().splitlines():
        simulation, verdict, what = line.split("\t")
        claims.setdefault(simulation, []).append((verdict == "ok", what))

measures = ["request count", "response time 50th percentile (ms)", "response time 95th percentile (ms)"]
measures += ["response time 99th percentile (ms)", "mean throughput (rps)"]
rows = ["| simulation | requests | p50 ms | p95 ms | p99 ms | requests/s | failed | holds | what |"]
rows.append("|---|--:|--:|--:|--:|--:|--:|---|---|")
good = True
# What Gatling said of each simulation.
said = dict(re.findall(r"^Simulation apitwo\.load\.(\w+) started\.\.\.$(.*?)(?=^Simulation \S+ started|\Z)", (target / "gatling.log").read_text(), re.M | re.S))
for simulation in sys.argv[1:]:
    log = said.get(simulation, "")
    # The last table is the whole run; those before it are interim.
    table = {}
    for name, total, _, failed in re.findall(r"^> (.+?) *\| *(\S+) *\| *(\S+) *\| *(\S+)$", log, re.M):
        table[name] = (total, failed)
    facts = list(claims.get(simulation, []))
    for what, held, actual in re.findall(r"^(\S.*) : (true|false) \(actual : (.*)\)$", log, re.M):
        facts.append((held == "true", f"{what} ({actual})"))
    holds = bool(facts) and all(held for held, _ in facts)
    good = good and holds
    cells = [table.get(name, ("?", "?"))[0] for name in measures]
    cells.append(table.get("request count", ("?", "?"))[1].replace("-", "0"))
    cells.append("yes" if holds else "**no**")
    cells.append("; ".join(what if held else f"**not: {what}**" for held, what in facts) or "target/gatling.log")
    rows.append(f"| {simulation} | " + " | ".join(cells) + " |")
text = "\n".join(rows) + "\n"
(target / "summary.md").write_text(text)
print(text, end="")
print("The reports are in loadtest/gatling/target/gatling.")
sys.exit(0 if good else 1)
