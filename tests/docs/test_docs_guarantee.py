"""test_docs_guarantee: the pages name every event, resource, seeded leak and field of the schema."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from pathlib import Path

from kesu.verify import mutants
from kesu.verify.evidence import folder
from kesu.verify.evidence.words import EVENTS, RESOURCES
from scripts import load_script

DOCS = Path(__file__).parents[2] / "docs"


def test_guarantee_page_names_every_event_resource_and_leak() -> None:
    text = (DOCS / "guarantee.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")}
    named = {name for row in rows for name in row.split(", ")}
    assert set(EVENTS) | set(RESOURCES) <= named
    leaks = {definition.name for definition in mutants.load()}
    assert len(leaks) >= 25
    assert leaks <= named, "add the lesson of each new leak"


def test_the_tables_match_the_code_and_the_runs() -> None:
    """Leaks and mask as they are now, figures as the runs gave them: `python docs/guarantee_tables.py`."""
    tables = load_script(DOCS / "guarantee_tables.py")
    pages = load_script(DOCS / "page_tables.py")
    page = (DOCS / "guarantee.md").read_text(encoding="utf-8")
    runs = json.loads((DOCS / "verify-runs.json").read_text(encoding="utf-8"))
    assert {"leaks", "mask"} <= {name for _, name, _ in pages.BLOCK.findall(page)} <= set(tables.TABLES)
    assert pages.written(page, tables.TABLES, runs) == page
    leak = mutants.load()[0].teaches
    stale = page.replace(leak, "Something else.")
    assert stale != page == pages.written(stale, tables.TABLES, runs)
    assert all(run["verdict"] == "HOLDS" and run["unmasked bytes"] == 0 for run in runs.values())


def test_the_schema_page_names_every_field() -> None:
    text = (DOCS / "evidence-schema.md").read_text(encoding="utf-8")
    schema = json.loads(Path(folder.__file__).with_name("report.schema.json").read_text(encoding="utf-8"))
    fields = set(schema["properties"])
    for part in ("cells", "pairs", "mask", "mutants", "findings", "timings", "faults"):
        fields |= set(schema["properties"][part]["items"]["properties"])
    missing = [name for name in sorted(fields) if f"`{name}`" not in text]
    assert missing == []
    assert "`bound_ms`" in text
    assert "`no_such_field`" not in text
