"""reliability_tables: the tables of reliability.md and method.md that come from runs of `kesu faults`.

    .venv/bin/python docs/reliability_tables.py IMAGE.uf2 RUN.json ...

Each RUN.json is the output of `kesu faults --json --campaign ...` for that image. Its figures replace those of
the same campaign in fault-runs.json, and the tables are written between their marks. A test fails when a page
is stale.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from kesu.verify.outcome import COVERAGE
from page_tables import table, written

PAGES = tuple(Path(__file__).with_name(name) for name in ("reliability.md", "method.md"))
RUNS = Path(__file__).with_name("fault-runs.json")
UNPLUGGED = re.compile(r"unplugged ([\d.]+) ms into (.*), (no|with) hold-up")
AGAIN = re.compile(r"unplugged again [\d.]+ ms into a boot")
WIPING = ", while wiping"
REQUESTS = re.compile(r"requests \d+ to \d+, from (.*) on")
MOMENTS = {
    "rest": "a note at rest",
    "wipe": "a wipe",
    "ink": "a stroke's refresh",
    "full refresh": "a fast full refresh",
}
COUNTED = re.compile(r"(\d+) taken, (\d+) refused, (\d+) not answered")

Rows = list[dict[str, Any]]


def condensed(image: str, trials: Rows) -> dict[str, Any]:
    """The figures of one run of one campaign that the page needs."""
    kinds = {"power": power, "parts": parts, "USB": usb, "calls": calls}
    return {
        "image": image,
        "seed": min(trial["seed"] for trial in trials),
        "trials": len(trials),
        "hold": sum(trial["holds"] for trial in trials),
        "rows": kinds.get(trials[0]["campaign"], software)(trials),
    }


def _grouped(trials: Rows, name: Any) -> dict[str, Rows]:
    groups: dict[str, Rows] = {}
    for trial in trials:
        groups.setdefault(name(trial["fault"]), []).append(trial)
    return groups


def _latest(trials: Rows) -> float | None:
    return max((trial["gone_ms"] for trial in trials if trial["gone_ms"] is not None), default=None)


def power(trials: Rows) -> Rows:
    """Rows by the activity that the power cut interrupted, with and without hold-up; and the capacitor's energy."""

    def group(fault: str) -> str:
        cut = UNPLUGGED.fullmatch(fault)
        if cut:
            return f"cut in {MOMENTS[cut[2]]}, {cut[3]} hold-up"
        return "unplugged again during a boot" if AGAIN.fullmatch(fault) else fault

    rows = []
    for name, part in sorted(_grouped(trials, group).items()):
        figures = [trial["figures"] for trial in part if "held_s" in trial["figures"]]
        rows.append(
            {
                "name": name,
                "cuts": len(part),
                "hold": sum(trial["holds"] for trial in part),
                "gone_ms": _latest(part),
                "held_s": min((figure["held_s"] for figure in figures), default=None),
                "used_mJ": max((figure.get("used_mJ", 0.0) for figure in figures), default=None),
                "cell_V": min((figure.get("cell_V", 9.9) for figure in figures), default=None),
            }
        )
    return rows


def parts(trials: Rows) -> Rows:
    """A row for each fault, which includes the same fault during a wipe."""
    wiping = {trial["fault"].removesuffix(WIPING): trial for trial in trials if WIPING in trial["fault"]}
    return [
        {
            "name": trial["fault"],
            "seen": trial["seen"],
            "gone_ms": trial["gone_ms"],
            "wiping_ms": wiping[trial["fault"]]["gone_ms"] if trial["fault"] in wiping else None,
            "ended": trial["ended"],
            "unfed_ms": trial["figures"]["longest_unfed_ms"],
        }
        for trial in sorted(trials, key=lambda trial: str(trial["fault"]))
        if WIPING not in trial["fault"]
    ]


def usb(trials: Rows) -> Rows:
    """Rows by the state in which the requests arrived; then resets and suspends at each step of a wipe."""

    def group(fault: str) -> str:
        state = REQUESTS.fullmatch(fault)
        return state[1] if state else re.sub(r" [\d.]+ ms into a wipe", ", at each step of a wipe", fault)

    rows = []
    for name, part in _grouped(trials, group).items():
        counts = [COUNTED.fullmatch(trial["seen"]) for trial in part]
        rows.append(
            {
                "name": name,
                "runs": len(part),
                "hold": sum(trial["holds"] for trial in part),
                "counts": [sum(int(found[at]) for found in counts if found) for at in (1, 2, 3)],
                "gone_ms": _latest(part),
                "unanswered": sorted({r for t in part for r in t["figures"].get("unanswered", [])}),
            }
        )
    return sorted(rows, key=lambda row: (sum(row["counts"]) == 0, row["name"]))


def calls(trials: Rows) -> Rows:
    """A row for each pad."""
    return [trial["figures"] for trial in trials]


def software(trials: Rows) -> Rows:
    """All trials in one row, and how they ended."""
    tried = [trial for trial in trials if trial["fault"] != COVERAGE]
    return [
        {
            "tried": len(tried),
            "hold": sum(trial["holds"] for trial in tried),
            "gone_ms": _latest(tried),
            "ended": dict(Counter(trial["ended"] for trial in tried).most_common()),
        }
    ]


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f} ms"


def runs_table(runs: dict[str, Any]) -> str:
    """The runs that the page is based on."""
    rows = [
        (name, f"{run['trials']:,}", f"{run['hold']:,}", str(run["seed"]), f"`{run['image']}`")
        for name, run in runs.items()
    ]
    return table(("campaign", "trials", "hold", "seed", "image, first digits of its SHA-256"), *rows)


def power_table(runs: dict[str, Any]) -> str:
    """Power cuts by the activity that they interrupted."""
    rows = [
        (
            row["name"],
            f"{row['cuts']:,}",
            f"{row['hold']:,}",
            _ms(row["gone_ms"]),
            "" if row["held_s"] is None else f"{row['held_s']:.1f} s",
            "" if not row["used_mJ"] else f"{row['used_mJ']:,.0f} mJ",
            "" if not row["used_mJ"] else f"{row['cell_V']:.2f} V",
        )
        for row in runs["power"]["rows"]
    ]
    head = ("power", "trials", "hold", "gone after at most", "ran for at least", "used until clean", "left")
    return table(head, *rows)


def parts_table(runs: dict[str, Any]) -> str:
    """Each broken part: how the pad detects it, when the note is gone, and the result."""
    rows = [
        (row["name"], row["seen"], _ms(row["gone_ms"]), _ms(row["wiping_ms"]), row["ended"])
        for row in runs["parts"]["rows"]
    ]
    unfed_ms = max(row["unfed_ms"] for row in runs["parts"]["rows"])
    ended = f"The longest interval between two feeds of the watchdog (4,000 ms) was {unfed_ms:,.0f} ms.\n"
    head = ("fault", "detection", "gone after", "gone after, during a wipe", "final state")
    return table(head, *rows) + "\n" + ended


def usb_table(runs: dict[str, Any]) -> str:
    """Requests by the state in which they arrived."""
    rows = []
    for row in runs["USB"]["rows"]:
        counts = tuple(f"{count:,}" for count in row["counts"]) if sum(row["counts"]) else ("", "", "")
        rows.append((row["name"], f"{row['runs']:,}", *counts, f"{row['hold']:,}", _ms(row["gone_ms"])))
    head = ("state", "runs", "accepted", "refused", "not answered", "hold", "gone after the end of the call")
    return table(head, *rows)


def calls_table(runs: dict[str, Any]) -> str:
    """Results of the simulated days, one column for each pad."""
    pads = runs["calls"]["rows"]

    def row(name: str, figure: Any) -> tuple[str, ...]:
        return (name, *(str(figure(pad)) for pad in pads))

    def spread(pad: dict[str, Any]) -> str:
        times = pad["ready_ms_of_each_tenth"]
        return f"{min(part[0] for part in times):,.1f} to {max(part[-1] for part in times):,.1f} ms"

    def middles(pad: dict[str, Any]) -> str:
        middle = [part[1] for part in pad["ready_ms_of_each_tenth"]]
        return f"{min(middle):,.1f} to {max(middle):,.1f} ms"

    def same(values: list[int]) -> str:
        return f"{values[0]:,}" if len(set(values)) == 1 else f"{min(values):,} to {max(values):,}"

    return table(
        ("", *(f"pad {number + 1}" for number in range(len(pads)))),
        row("calls", lambda pad: f"{pad['calls']:,}"),
        row("working days, emulated days", lambda pad: f"{pad['working_days']}, {pad['days']:.1f}"),
        row("of these emulated instruction by instruction", lambda pad: f"{pad['played_s'] / 3600:.1f} h"),
        row("mean handling time", lambda pad: f"{pad['mean_handling_s']:.0f} s"),
        row("wipes with a search", lambda pad: f"{pad['searched']:,}"),
        row("hits, ghosts on the glass", lambda pad: f"{pad['left']}, {pad['ghosts']}"),
        row("notes not found before the wipe", lambda pad: pad["unfound"]),
        row("READY after the call", spread),
        row("median of each tenth of the calls", middles),
        row("free heap, bytes", lambda pad: same(pad["free_bytes"])),
        row("largest free block, bytes", lambda pad: same(pad["largest_bytes"])),
        row("full refreshes per working day", lambda pad: f"{pad['full_refreshes_a_day']:.0f}"),
        row("partial refreshes per working day", lambda pad: f"{pad['partial_refreshes_a_day']:.0f}"),
        row(
            "restarts, errors of the panel's driver", lambda pad: f"{pad['restarts']}, {pad['driver_errors']}"
        ),
    )


def software_table(runs: dict[str, Any]) -> str:
    """Exceptions and refused allocations."""
    rows = []
    for name in ("software", "allocations"):
        row = runs[name]["rows"][0]
        ends = "; ".join(f"{count:,} {end}" for end, count in row["ended"].items())
        rows.append((name, f"{row['tried']:,}", f"{row['hold']:,}", _ms(row["gone_ms"]), ends))
    return table(("campaign", "trials", "hold", "gone after at most", "final state"), *rows)


TABLES = {
    "runs": runs_table,
    "power": power_table,
    "parts": parts_table,
    "usb": usb_table,
    "calls": calls_table,
    "software": software_table,
}


def main(image: str, outputs: list[str]) -> None:
    """Read the figures of `outputs` and write the tables."""
    runs = json.loads(RUNS.read_text(encoding="utf-8")) if RUNS.exists() else {}
    name = Path(image)
    label = f"{name.stem} {hashlib.sha256(name.read_bytes()).hexdigest()[:16]}"
    for output in outputs:
        trials = json.loads(Path(output).read_text(encoding="utf-8"))
        runs[trials[0]["campaign"]] = condensed(label, trials)
    RUNS.write_text(json.dumps(runs, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for page in PAGES:
        page.write_text(written(page.read_text(encoding="utf-8"), TABLES, runs), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
