"""guarantee_tables: the tables of guarantee.md that come from the code and from runs of `kesu verify`.

    python docs/guarantee_tables.py [REPORT.json ...] [LEAKS.jsonl ...]

Writes the tables between their marks. If reports are given, their figures first replace those of the same image and
profile in verify-runs.json; outcomes of `kesu dev leaks --out` replace those of the same image and seed in
leak-campaigns.json. A test fails when the page is stale.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

from kesu.spec.panels import DEFAULT_PANEL
from kesu.verify import mutants
from kesu.verify.noninterference.compare import read_mask
from kesu.verify.outcome import MaskEntry
from page_tables import table, written

PAGE = Path(__file__).with_name("guarantee.md")
RUNS = Path(__file__).with_name("verify-runs.json")
CAMPAIGNS = Path(__file__).with_name("leak-campaigns.json")


def condensed(report: dict[str, Any]) -> dict[str, Any]:
    """The figures of a run that the page needs, from its report.json."""
    steps: dict[str, list[float]] = {}
    bounds: dict[str, float] = {}
    for timing in report["timings"]:
        steps.setdefault(timing["step"], []).extend(timing["samples_ms"])
        bounds[timing["step"]] = timing["bound_ms"]
    pairs = report["pairs"]
    return {
        "image": report["image"]["file"],
        "profile": report["profile"],
        "started": report["started"][:10],
        "seed": report["seed"],
        "verdict": report["verdict"],
        "seconds": round(report["seconds"]),
        "seconds of CPU": report["search"]["seconds of CPU"],
        "turns": report["turns"],
        "scenarios": report["scenarios"],
        "cells": [sum(cell["holds"] for cell in report["cells"]), len(report["cells"])],
        "pairs": [sum(pair["holds"] for pair in pairs), len(pairs)],
        "pairs by event": dict(Counter(pair["event"] for pair in pairs)),
        "pairs with a talking host": sum("talking" in pair["kind"] for pair in pairs),
        "pairs against no ink": sum("no ink" in pair["kind"] for pair in pairs),
        "unmasked bytes": sum(
            d["length"] for p in pairs for one in p["instants"] for d in one["differences"] if not d["mask"]
        ),
        "rules": [sum(finding["holds"] for finding in report["findings"]), len(report["findings"])],
        "faults": [sum(fault["holds"] for fault in report["faults"]), len(report["faults"])],
        "leaks": [sum(mutant["caught"] for mutant in report["mutants"]), len(report["mutants"])],
        "caught by": {
            mutant["name"]: next((n for n in mutant["caught_by"] if n in mutant["expected"]), "")
            for mutant in report["mutants"]
        },
        "steps": {
            step: [len(times), round(median(times), 1), round(max(times), 1), bounds[step]]
            for step, times in steps.items()
        },
    }


def name_of(run: dict[str, Any]) -> str:
    """The key of a run: its image and profile, as in "pico2-4in2-sealed full"."""
    return f"{Path(run['image']).stem.removeprefix('kesu-')} {run['profile']}"


def of_profile(runs: dict[str, Any], *profiles: str) -> list[dict[str, Any]]:
    """The runs with one of these profiles, in order."""
    return [run for run in runs.values() if run["profile"] in profiles]


def leaks(runs: dict[str, Any]) -> str:
    """Every seeded leak: the checks that must detect it, the first that did, and what it shows."""
    full = of_profile(runs, "full")
    rows = [("leak", "must be noticed by one of", "first was, in the runs above", "what it teaches")]
    for leak in mutants.load():
        caught = [run["caught by"] for run in full if _board(run) in leak.boards]
        first = ", ".join(dict.fromkeys(run.get(leak.name, "newer") for run in caught))
        rows.append((leak.name, ", ".join(leak.expected), first or "newer", leak.teaches))
    return table(*(row if full else (*row[:2], row[3]) for row in rows))


def _board(run: dict[str, Any]) -> str:
    return name_of(run).split("-")[0]


def mask(_runs: dict[str, Any]) -> str:
    """Every allowed difference."""
    return table(
        ("allowed", "where", "bytes", "when", "why it is allowed"),
        *(
            (entry.name, f"`{entry.place}`", str(entry.size), _when(entry), entry.reason)
            for entry in read_mask()
        ),
    )


def _when(entry: MaskEntry) -> str:
    events = f"after {', '.join(entry.events)}" if entry.events else ""
    return "; ".join(filter(None, (events, ", ".join(entry.instants)))) or "always"


def _of(counts: list[int]) -> str:
    return f"{counts[0]:,} of {counts[1]:,}"


def figures(runs: dict[str, Any]) -> str:
    """Results of the full runs, one column each."""
    listed = of_profile(runs, "full")
    parts = list(dict.fromkeys(part for run in listed for part in run["seconds of CPU"]))
    rows = [
        ("", *(f"`{run['image']}`" for run in listed)),
        ("verdict", *(run["verdict"] for run in listed)),
        ("run", *(f"{run['started']}, seed {run['seed']}" for run in listed)),
        ("squares that hold", *(_of(run["cells"]) for run in listed)),
        ("pairs without a difference beyond the mask", *(_of(run["pairs"]) for run in listed)),
        ("of them with a talking host", *(str(run["pairs with a talking host"]) for run in listed)),
        ("of them against no ink", *(str(run["pairs against no ink"]) for run in listed)),
        ("unmasked bytes that differ", *(str(run["unmasked bytes"]) for run in listed)),
        ("rules of the structure", *(_of(run["rules"]) for run in listed)),
        ("leaks noticed", *(_of(run["leaks"]) for run in listed)),
        ("scenarios, seconds", *(f"{run['scenarios']:,} in {run['seconds']:,}" for run in listed)),
        *(
            (f"seconds of CPU, {part}", *(str(run["seconds of CPU"].get(part, "")) for run in listed))
            for part in parts
        ),
    ]
    return table(*rows)


def times(runs: dict[str, Any]) -> str:
    """Each step of the wipe over all scenarios, emulated ms: median, slowest, bound."""
    listed = of_profile(runs, "full")
    steps = list(dict.fromkeys(step for run in listed for step in run["steps"]))
    return table(
        ("step, emulated ms: median / slowest (bound)", *(f"`{run['image']}`" for run in listed)),
        *(
            (
                step,
                *(_reached(*run["steps"][step]) for run in listed),
            )
            for step in steps
        ),
    )


def _reached(_count: int, middle: float, slowest: float, bound: float) -> str:
    return f"{middle:,.1f} / {slowest:,.1f} ({bound:,.0f})"


def others(runs: dict[str, Any]) -> str:
    """Runs with the profiles faults and soak, a row each."""
    return table(
        ("image, profile", "run", "verdict", "turns", "squares", "pairs", "faults", "scenarios, seconds"),
        *(
            (
                f"`{run['image']}`, {run['profile']}",
                f"{run['started']}, seed {run['seed']}",
                run["verdict"],
                str(run["turns"]),
                _of(run["cells"]),
                _of(run["pairs"]),
                _of(run["faults"]) if run["faults"][1] else "",
                f"{run['scenarios']:,} in {run['seconds']:,}",
            )
            for run in of_profile(runs, "faults", "soak")
        ),
    )


def campaign(outcomes: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page needs of the outcomes of one image and seed."""
    survivors = sorted((one["name"], one["path"]) for one in outcomes if not one["caught_by"])
    spent = [one["build_s"] + one["probe_s"] + one["judge_s"] for one in outcomes]
    return {
        "board": outcomes[0]["board"],
        "panel": outcomes[0]["panel"],
        "seed": int(outcomes[0]["name"].split(".")[0]),
        "leaks": len(outcomes),
        "noticed by": dict(Counter(one["caught_by"] for one in outcomes if one["caught_by"]).most_common()),
        "void": sum(len(one["voids"]) for one in outcomes),
        "seconds of CPU a leak": round(sum(spent) / len(spent), 1),
        "survivors": survivors,
    }


def _campaigns() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CAMPAIGNS.read_text(encoding="utf-8")) if CAMPAIGNS.exists() else {}
    return found


def campaigns(_runs: dict[str, Any]) -> str:
    """Campaigns of drawn leaks: how many were noticed, and by which check first."""
    listed = _campaigns().values()
    return table(
        ("image, seed", "noticed", "first by", "void draws", "CPU a leak"),
        *(
            (
                f"`kesu-{one['board']}-{one['panel']}-sealed.uf2`, {one['seed']}",
                _of([one["leaks"] - len(one["survivors"]), one["leaks"]]),
                ", ".join(f"{check} {count}" for check, count in one["noticed by"].items()),
                str(one["void"]),
                f"{one['seconds of CPU a leak']:.1f} s",
            )
            for one in listed
        ),
    )


def survivors(_runs: dict[str, Any]) -> str:
    """The drawn leaks of these campaigns that no check noticed."""
    named = [(one, *leak) for one in _campaigns().values() for leak in one["survivors"]]
    if not named:
        return "None survived.\n"
    return table(
        ("survivor", "image", "leak"),
        *((name, f"{one['board']} {one['panel']}", path) for one, name, path in named),
    )


TABLES = {
    "leaks": leaks,
    "mask": mask,
    "figures": figures,
    "times": times,
    "others": others,
    "campaigns": campaigns,
    "survivors": survivors,
}


def _column(run: dict[str, Any]) -> tuple[str, bool, str, str]:
    """Order of the columns: by board, the reference pad first."""
    _, panel, _ = name_of(run).split("-")
    return _board(run), panel != DEFAULT_PANEL, panel, run["profile"]


def keep_campaigns(names: list[str]) -> None:
    """Put the outcomes in these files into leak-campaigns.json."""
    found = _campaigns()
    groups: dict[str, list[dict[str, Any]]] = {}
    for name in names:
        for line in Path(name).read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            groups.setdefault(f"{one['board']} {one['panel']} {one['name'].split('.')[0]}", []).append(one)
    found |= {key: campaign(outcomes) for key, outcomes in groups.items()}
    CAMPAIGNS.write_text(
        json.dumps(dict(sorted(found.items())), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def main(names: list[str]) -> None:
    """Read the figures of reports and outcomes, and write the tables."""
    reports = [name for name in names if not name.endswith(".jsonl")]
    if len(reports) < len(names):
        keep_campaigns([name for name in names if name not in reports])
    runs = json.loads(RUNS.read_text(encoding="utf-8")) if RUNS.exists() else {}
    for name in reports:
        run = condensed(json.loads(Path(name).read_text(encoding="utf-8")))
        runs[name_of(run)] = run
    runs = dict(sorted(runs.items(), key=lambda item: _column(item[1])))
    RUNS.write_text(json.dumps(runs, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), TABLES, runs), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
