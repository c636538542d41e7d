"""test_docs_reliability: the tables come from runs that held, of the size that the page names."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import re
from pathlib import Path

from scripts import load_script

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "reliability.md").read_text(encoding="utf-8")
RUNS = json.loads((DOCS / "fault-runs.json").read_text(encoding="utf-8"))
ASKED = re.compile(r"kesu faults --campaign (\w+) --count (\d+)")


def test_the_tables_match_the_runs() -> None:
    tables = load_script(DOCS / "reliability_tables.py")
    pages = load_script(DOCS / "page_tables.py")
    texts = {page.name: page.read_text(encoding="utf-8") for page in tables.PAGES}
    assert texts["reliability.md"] == PAGE
    found = [name for text in texts.values() for _, name, _ in pages.BLOCK.findall(text)]
    assert sorted(found) == sorted(tables.TABLES), "each table once"
    assert all(pages.written(text, tables.TABLES, RUNS) == text for text in texts.values())
    stale = PAGE.replace("| AWAY stuck |", "| AWAY lost |")
    assert stale != PAGE == pages.written(stale, tables.TABLES, RUNS)


def test_every_trial_held_on_an_image_that_the_page_names() -> None:
    assert set(RUNS) == {"power", "parts", "USB", "software", "allocations", "calls"}
    assert all(run["hold"] == run["trials"] > 0 for run in RUNS.values())
    assert all(run["image"] in PAGE for run in RUNS.values())


def test_the_runs_have_the_size_that_the_commands_name() -> None:
    asked = {name: int(count) for name, count in ASKED.findall(PAGE)}
    taken = {
        "power": sum(row["cuts"] for row in RUNS["power"]["rows"]),
        "usb": sum(sum(row["counts"]) for row in RUNS["USB"]["rows"]),
        "calls": sum(row["calls"] for row in RUNS["calls"]["rows"]),
    }
    assert set(taken) == set(asked)
    assert all(count >= asked[name] for name, count in taken.items())


def test_trials_are_condensed_into_one_row() -> None:
    tables = load_script(DOCS / "reliability_tables.py")
    trial = {
        "campaign": "USB",
        "fault": "requests 1 to 500, from AWAY on",
        "seed": 7,
        "seen": "150 taken, 349 refused, 1 not answered",
        "gone_ms": 12.0,
        "ended": "blank",
        "reason": "it was not",
        "figures": {"unanswered": ["02 01"]},
        "holds": False,
    }
    condensed = tables.condensed("an image", [trial, trial | {"seed": 8, "holds": True, "figures": {}}])
    (row,) = condensed["rows"]
    assert (condensed["trials"], condensed["hold"], condensed["seed"]) == (2, 1, 7)
    assert (row["name"], row["runs"], row["hold"], row["counts"]) == ("AWAY", 2, 1, [300, 698, 2])
    assert row["unanswered"] == ["02 01"]
