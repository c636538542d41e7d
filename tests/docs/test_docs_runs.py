"""test_docs_runs: no page denies a run whose figures are published: of a board, or of a profile on that board."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from kesu.emulator.chips.boards import BOARDS
from kesu.verify.profile import PROFILES

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "docs" / "verify-runs.json"
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "hardware").rglob("*.md"))
    # Decisions and changes of the past, as they were.
    if path.parent.name != "records" and path.name != "CHANGELOG.md"
)
SOURCES = sorted((ROOT / "host_tools").glob("kesu*/**/*.py"))

_DONE = "(run|executed|emulated|verified|tried)"
DENIAL = re.compile(
    rf"\b(has|have|had|was|were|is|are) (not|never)( yet| ever)?( been)? {_DONE}\b"
    rf"|\b([Nn]o|[Nn]othing)( \w+){{0,6}} (was|were|has been|have been)( ever)? {_DONE}\b"
    rf"|\|\s*([Nn]ot|[Nn]ever)( yet| ever)? {_DONE}\b|\bread, (but )?not {_DONE}\b"
    r"|\b[Nn]o emulator (runs?|ran)\b|\bcannot be (run|emulated)\b(?! without)"
)
PLACE = re.compile(r"\bon (a real|real|hardware|silicon|a physical)\b")
"""Runs on hardware are not among the published figures."""


def names_of(board: str) -> tuple[str, ...]:
    """What pages call a board and its chip."""
    facts = BOARDS[board]
    return board, facts.product.removeprefix("Raspberry Pi "), facts.name


def paragraphs(text: str) -> list[tuple[str, str]]:
    """Each paragraph or line of a table with the heading above it."""
    found, heading = [], ""
    for block in re.split(r"\n\s*\n|\n(?=[-|#])|(?<=\|)\n", text):
        if block.lstrip().startswith("#"):
            heading = block
        else:
            found.append((heading, " ".join(block.split())))
    return found


def sentences(paragraph: str) -> list[str]:
    return re.split(r"(?<=[.;?!]) +", paragraph)


def denied(text: str, run: Collection[tuple[str, str]]) -> list[str]:
    """Sentences that deny one of the runs (board, profile). A board is named in the sentence, in the one before or in
    the heading; a sentence that names profiles is about these, others are about any run of the board."""
    found = []
    for heading, paragraph in paragraphs(text):
        said = sentences(paragraph)
        for before, sentence in zip(["", *said], said, strict=False):
            if not DENIAL.search(sentence) or PLACE.search(sentence):
                continue
            about = [profile for profile in PROFILES if re.search(rf"\b{profile}\b", sentence)]
            for board, profile in run:
                where = f"{heading} {before} {sentence}"
                named = any(
                    re.search(rf"\b{re.escape(name)}\b(?! 2\b|-sdk)", where) for name in names_of(board)
                )
                if named and (not about or profile in about):
                    found.append(sentence)
                    break
    return found


def published() -> set[tuple[str, str]]:
    runs: dict[str, dict[str, Any]] = json.loads(RUNS.read_text(encoding="utf-8"))
    return {(run["image"].split("-")[1], run["profile"]) for run in runs.values()}


def texts(source: Path) -> list[str]:
    nodes = ast.walk(ast.parse(source.read_text(encoding="utf-8")))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_denies_a_run_that_was_made(page: Path) -> None:
    assert denied(page.read_text(encoding="utf-8"), published()) == []


@pytest.mark.slow
def test_no_source_denies_one_either() -> None:
    """Docstrings, help texts and messages."""
    about = {path: [one for text in texts(path) for one in denied(text, published())] for path in SOURCES}
    assert {str(path.relative_to(ROOT)): found for path, found in about.items() if found} == {}


BOTH = {("pico2", "full"), ("pico2", "soak")}


@pytest.mark.parametrize(
    "text",
    [
        "The Pico 2's image was read, not run.",
        "## The Pico 2\n\nIts core is in C. The profiles full, soak and faults have not been run on it yet.",
        "    pico2 4in2 ja: none: no emulator runs this chip; its structure is audited",
        "The Pico 2 is recommended, and no line of its image was ever run.",
        "| Pico 2 | its image was never executed |",
        "# RP2350\n\nThis has not been tried.",
        "The Pico 2 has another core. Its image was never run.",
        "| Pico 2 | not run |",
    ],
)
def test_a_denial_is_found(text: str) -> None:
    assert len(denied(text, BOTH)) == 1
    assert denied(text, {("pico", "full")}) == []


@pytest.mark.parametrize(
    "text",
    [
        "The profile faults has not been run on a Pico 2.",
        "The image for the Pico 2 has not run on real hardware.",
        "Asterisk was not run here.\n\nA Pico 2 needs no other settings.",
        "A Pico 2 cannot be emulated without its core in C.",
    ],
)
def test_what_no_run_shows_may_be_denied(text: str) -> None:
    assert denied(text, BOTH) == []
