"""letter: the letter of volatility, as an HTML page and as Markdown."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.verify.evidence.benches import by_rig
from kesu.verify.evidence.image import manifest_of, name_of, policy_in_words
from kesu.verify.evidence.markup import page, table, tag
from kesu.verify.evidence.memories import chip_of, description, memories, panel_of, supported
from kesu.verify.evidence.words import EVENTS, TARGETS
from kesu.verify.outcome import HELD
from kesu.verify.results import Run

HEADS = ("Memory", "Size", "Without power", "Holds", "Ever a note?", "How it is cleared")
TITLE = "Letter of volatility"
SMALL_PRINT = (
    "A Pico has no other memory: no SD card, no EEPROM, no battery. A PC that the pad is plugged "
    "into gets three "
    "modem bits (ready, note present, fault) and no note."
)


def _refusal(run: Run) -> str:
    """Why no letter can be issued for this run; "" if it can."""
    name = name_of(run.image)
    if not supported(run.image):
        kind = manifest_of(run.image).get("profile", "unknown")
        return (
            f"This letter cannot be given for {name}: it is not a sealed image for this pad (kind: {kind}). "
            "Such an image can keep what was written, in flash too."
        )
    if by_rig(run):
        return (
            f"This letter cannot be given for {name}: the run of {run.started} used a test rig, which has no glass and "
            "does not look at every memory. `kesu verify` on the virtual pad gives the letter."
        )
    if run.verdict != "HOLDS":
        return (
            f"This letter cannot be given for {name}: the run of {run.started} ended {run.verdict}. "
            "The report in the same folder says why."
        )
    return ""


def _statements(run: Run) -> list[str]:
    refusal = _refusal(run)
    if refusal:
        return [refusal]
    chip = chip_of(run.image)
    tried = len({cell.event for cell in run.cells if cell.event in EVENTS})
    return [
        f"This letter describes every memory on a Kesu pad with the image {name_of(run.image)}, on "
        f"a {chip.product} ({chip.name}) with {description(panel_of(run.image))}.",
        "A user clears the pad at any time with the WIPE key; it also clears itself at the end of a "
        "call, when "
        "unused, when its PC is locked, asleep or gone, after faults, and at every start.",
        f"The run of {run.started} tried {tried} of {len(EVENTS)} wipe events. Its verdict: {run.verdict}.",
        *_traced(run),
    ]


def _traced(run: Run) -> list[str]:
    """Where ink was, by the trace of the run's walks."""
    notes = sum(walk.notes for walk in run.walks)
    held = {place for walk in run.walks for place in walk.held}
    if not notes:
        return []
    found = ", ".join(place for place in HELD if place in held)
    clean = ", ".join(place for place in HELD if place not in held)
    return [
        f"Every byte that came from the pen was traced through all instructions in {notes} notes. When they "
        f"ended, ink was in: {found}; and in none of: {clean}. After each wipe it was in none of these places."
    ]


def _about(run: Run) -> list[tuple[str, str]]:
    manifest = manifest_of(run.image)
    return [
        ("Image", str(run.image.get("file", "not named"))),
        ("SHA-256", str(run.image.get("uf2_sha256", "not known"))),
        ("Policy", policy_in_words(run.image)),
        ("Kind", str(manifest.get("profile", "not known"))),
        ("Date", run.started),
        ("Shown on", f"{run.target}. {TARGETS[run.target]}"),
    ]


def _rows(run: Run) -> list[list[str]]:
    if _refusal(run):
        return []
    return [
        [
            entry.name,
            entry.size,
            entry.volatile,
            entry.holds,
            "yes" if entry.note else "no",
            f"{entry.cleared}.",
        ]
        for entry in memories(run)
    ]


def letter_page(run: Run) -> str:
    """letter-of-volatility.html."""
    terms = [tag(kind, text) for term, text in _about(run) for kind, text in (("dt", term), ("dd", text))]
    rows = _rows(run)
    grid = [table("Every memory on the board", HEADS, rows), tag("p", SMALL_PRINT)] if rows else []
    return page(
        f"{TITLE}, {name_of(run.image)}",
        run.target,
        tag("h1", TITLE),
        tag("dl", *terms),
        *(tag("p", text) for text in _statements(run)),
        *grid,
    )


def letter_markdown(run: Run) -> str:
    """letter-of-volatility.md."""
    lines = [f"# {TITLE}", "", f"**{run.target}**", ""]
    lines += [f"- {term}: {_escaped(text)}" for term, text in _about(run)]
    lines.append("")
    for text in _statements(run):
        lines += [_escaped(text), ""]
    rows = _rows(run)
    if rows:
        lines += [
            _line(HEADS),
            _line(["---"] * len(HEADS)),
            *(_line(row) for row in rows),
            "",
            SMALL_PRINT,
            "",
        ]
    return "\n".join(lines)


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    """Escape the text for a Markdown table: no markup, no HTML, no new cell."""
    plain = " ".join(text.split())
    return "".join(f"\\{char}" if char in "\\`*_[]<>|" else char for char in plain)
