"""Writes target/summary.md from the reports and from what the simulations claim. Exit 1 if anything does not hold."""

import json
import pathlib
import sys

target = pathlib.Path("target")
claims = {}
if (target / "claims").exists():
    for line in (target / "claims").read_text().splitlines():
        simulation, verdict, what = line.split("\t")
        claims.setdefault(simulation, []).append((verdict, what))

rows = ["| simulation | requests | failed | p50 ms | p95 ms | p99 ms | requests/s | holds | what |", "|---|--:|--:|--:|--:|--:|--:|---|---|"]
good = True
for simulation in sys.argv[1:]:
    reports = sorted((target / "gatling").glob(simulation.lower() + "-*/js"))
    if not reports:
        rows.append(f"| {simulation} | | | | | | | **no report** | see target/{simulation}.log |")
        good = False
        continue
    stats = json.loads((reports[-1] / "stats.json").read_text())["stats"]
    facts = list(claims.get(simulation, []))
    asserted = json.loads((reports[-1] / "assertions.json").read_text())["assertions"]
    for one in asserted:
        facts.append(("ok" if one["result"] else "FAILED", one["message"]))
    holds = all(verdict == "ok" for verdict, _ in facts) and bool(facts)
    good = good and holds
    what = "; ".join(what if verdict == "ok" else f"**FAILED** {what}" for verdict, what in facts)
    cells = [
        stats["numberOfRequests"]["total"],
        stats["numberOfRequests"]["ko"],
        *(stats[f"percentiles{i}"]["total"] for i in (1, 3, 4)),
        round(float(stats["meanNumberOfRequestsPerSecond"]["total"])),
        "yes" if holds else "**no**",
        what,
    ]
    rows.append(f"| {simulation} | " + " | ".join(str(cell) for cell in cells) + " |")
text = "\n".join(rows) + "\n"
(target / "summary.md").write_text(text)
print(text, end="")
print("The reports are in loadtest/gatling/target/gatling.")
sys.exit(0 if good else 1)
