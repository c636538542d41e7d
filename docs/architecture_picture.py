"""architecture_picture: draws pictures/architecture.svg from the two tables of architecture.md.

    .venv/bin/python docs/architecture_picture.py

Each row of "Path of a stroke" and "Steps of a wipe" is a box in the column of its module; the bold text of
its last cell is written at the right. Colours follow the reader's light or dark mode.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path

DOCS = Path(__file__).parent
PAGE = DOCS / "architecture.md"
PICTURE = DOCS / "pictures" / "architecture.svg"

COLUMNS = {
    "outside": 160,
    "inputs": 182,
    "the loop": 128,
    "panel driver": 160,
    "native (C)": 148,
    "what changes": 136,
}
"""Name and width of each column."""
ROW, BOX, MARGIN, HEAD, GAP = 46, 34, 14, 38, 8
WIDTH = 2 * MARGIN + sum(COLUMNS.values())
WAYS = (
    ("stroke", "Path of a stroke", "pen on the glass"),
    ("wipe", "Steps of a wipe", "key, hook, PC, clock"),
)
"""CSS class, heading of the table, and cause of each path."""
INPUTS = {"_on_report", "acquire", "post"}
"""Functions that receive input from outside; the main loop in firmware/kesu_pad acts on it."""

STYLE = """
svg { font-family: system-ui, "Noto Sans", sans-serif; font-size: 12.5px }
text { fill: #1d2528 } .code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 11.5px }
.paper { fill: #fbfbf8 } .chip { fill: #eef0ec; stroke: #9aa5a0 } .box { fill: #fff; stroke: #5d6b66 }
.rule { stroke: #c4cbc7; stroke-dasharray: 3 4 } .head { font-weight: 600 } .dim { fill: #56625e }
.way { fill: none; stroke-width: 2.2 } .leader { stroke: #8b9792; stroke-dasharray: 1.5 3.5 }
.stroke .way { stroke: #1a6fb0 } .wipe .way { stroke: #b3372c }
.stroke circle, .stroke .tip { fill: #1a6fb0 } .wipe circle, .wipe .tip { fill: #b3372c }
.number { fill: #fff; font-size: 11px; font-weight: 600; text-anchor: middle }
.stroke .title { fill: #1a6fb0 } .wipe .title { fill: #b3372c } .title { font-size: 15px; font-weight: 600 }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e8e5 } .paper { fill: #171c1e } .chip { fill: #20282a; stroke: #55625f }
  .box { fill: #2a3436; stroke: #7d8b87 } .rule { stroke: #46524f } .dim { fill: #a3b0ab }
  .stroke .way { stroke: #6db6ee } .wipe .way { stroke: #f08a7e } .number { fill: #171c1e }
  .stroke circle, .stroke .tip { fill: #6db6ee } .wipe circle, .wipe .tip { fill: #f08a7e }
  .stroke .title { fill: #6db6ee } .wipe .title { fill: #f08a7e }
}
"""


@dataclass(frozen=True)
class Step:
    """One row of a table: its column, the modules, the function, and what it changes."""

    column: int
    modules: str
    function: str
    changes: str


def steps(text: str, heading: str) -> list[Step]:
    """The rows of the table under `heading` in the page's text."""
    section = text.split(f"### {heading}\n")[1].partition("\n#")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    found = []
    for files, function, what in rows:
        paths = re.findall(r"`([^`]+)`", files)
        name = function.strip(" `")
        found.append(Step(_column(paths[0], name), _modules(paths), name, _changes(what)))
    return found


def _column(path: str, function: str) -> int:
    if path.endswith(".c"):
        return 4
    if function in INPUTS:
        return 1
    return 3 if "/panel/" in path else 2


def _modules(paths: list[str]) -> str:
    return ", ".join(re.sub(r"^firmware/(kesu_pad|native)/|\.py$", "", path) for path in paths)


def _changes(what: str) -> str:
    """The bold text of the last cell of a row; empty if there is none."""
    bold = re.findall(r"\*\*([^*]+)\*\*", what)
    return bold[0] if bold else ""


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{named}>{escape(words)}</text>'


def _left(column: int) -> float:
    return MARGIN + sum(list(COLUMNS.values())[:column])


def _middle(column: int) -> float:
    return (_left(column) + _left(column + 1)) / 2


def _box(column: int, y: float, first: str, second: str, number: int) -> list[str]:
    left, width = _left(column) + GAP, _left(column + 1) - _left(column) - 2 * GAP
    drawn = [f'<rect class="box" x="{left:g}" y="{y:g}" width="{width:g}" height="{BOX}" rx="5"/>']
    if not number:
        return [*drawn, _text(left + 10, y + BOX / 2 + 4, first)]
    drawn += [_text(left + 14, y + 14, first), _text(left + 14, y + 28, second, "code")]
    drawn.append(f'<circle cx="{left:g}" cy="{y + BOX / 2:g}" r="9"/>')
    return [*drawn, _text(left, y + BOX / 2 + 4, str(number), "number")]


def _way(places: list[tuple[int, float]]) -> list[str]:
    """Lines from box to box, downwards, each with a tip."""
    drawn = []
    for (column, y), (then, below) in pairwise(places):
        start, end = _middle(column), _middle(then)
        turn = y + BOX + (ROW - BOX) / 2
        drawn.append(f'<path class="way" d="M{start:g} {y + BOX:g} V{turn:g} H{end:g} V{below - 3:g}"/>')
        drawn.append(f'<path class="tip" d="M{end - 4.5:g} {below - 6:g} h9 l-4.5 6 z"/>')
    return drawn


def draw(text: str) -> str:
    """The picture as SVG, from the text of the page."""
    body: list[str] = []
    at = float(HEAD)
    for kind, heading, begins in WAYS:
        found = steps(text, heading)
        body.append(f'<g class="{kind}">{_text(MARGIN + 8, at + 26, heading, "title")}')
        at += 40
        places = [(0, at)] + [(step.column, at + ROW * (index + 1)) for index, step in enumerate(found)]
        body += _way(places)
        body += _box(0, at, begins, "", 0)
        for index, (step, (column, y)) in enumerate(zip(found, places[1:], strict=True), start=1):
            body += _box(column, y, step.modules, step.function, index)
            if step.changes:
                start, end = _left(column + 1) - GAP, _left(5) + 4
                body.append(f'<path class="leader" d="M{start:g} {y + BOX / 2:g} H{end:g}"/>')
                body.append(_text(end + 4, y + BOX / 2 + 4, step.changes))
        body.append("</g>")
        at = places[-1][1] + BOX + 10
    height = at + MARGIN
    head = [
        f'<rect class="paper" width="{WIDTH}" height="{height:g}" rx="8"/>',
        f'<rect class="chip" x="{_left(1):g}" y="{MARGIN}" width="{_left(5) - _left(1):g}" rx="8"'
        f' height="{height - 2 * MARGIN:g}"/>',
    ]
    for column, name in enumerate(COLUMNS):
        head.append(_text(_left(column) + GAP, MARGIN + 20, name, "head"))
        if column in (2, 3, 4):
            head.append(f'<path class="rule" d="M{_left(column):g} {MARGIN + 30} V{height - MARGIN:g}"/>')
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}"'
        f' height="{height:g}" role="img">',
        "<title>Path of a stroke and steps of a wipe through the code</title>",
        f"<style>{STYLE}</style>",
        *head,
        *body,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(draw(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
