"""walk_section: the table of random walks with traced ink."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.verify.evidence.contents import heading
from kesu.verify.evidence.markup import Markup, table, tag
from kesu.verify.evidence.sections import state
from kesu.verify.evidence.words import milliseconds
from kesu.verify.results import Run


def walks(run: Run) -> Markup:
    """Walks: how much ink was followed, when it was gone, what it reached."""
    title = heading("walks")
    lead = tag(
        "p",
        "An operator and a PC that do anything in any order; every byte of memory and every register that comes from "
        "the pen is followed through all instructions. After a wipe none may be left, and ink may go to the "
        "panel's planes only. Functions that decide by ink are on a reviewed list.",
    )
    if not run.walks:
        return Markup(title + lead + tag("p", "This run took no walks.", class_="soft"))
    rows = []
    for walk in sorted(run.walks, key=lambda entry: entry.holds):
        clean = "" if walk.slowest_clean_ms is None else milliseconds(walk.slowest_clean_ms)
        numbers = (str(walk.seed), str(walk.notes), f"{walk.most_inked:,}", clean)
        rows.append(
            [
                *(tag("td", text, class_="number") for text in numbers),
                tag("td", walk.reason or "nothing", class_="wide"),
                state("holds" if walk.holds else "BROKEN"),
            ]
        )
    covered = [
        [
            kind.kind,
            *(
                tag("td", f"{number:,}", class_="number")
                for number in (kind.functions, kind.whole, kind.places, kind.ran)
            ),
            tag("td", "; ".join(kind.open) or "nothing", class_="wide"),
            state("holds" if kind.holds else "BROKEN"),
        ]
        for kind in run.coverage
    ]
    columns = [
        "Code",
        "Functions",
        "Ran whole",
        "Opcodes or instructions",
        "Ran",
        "Neither reviewed nor ran whole",
    ]
    ran = table("What ran in the walks while there was ink", [*columns, "Verdict"], covered)
    searched = [
        [
            *(
                tag("td", f"{number:,}", class_="number")
                for number in (search.seed, search.trials, search.kept, search.first, search.reached)
            ),
            tag("td", search.reason or "nothing", class_="wide"),
            state("holds" if search.holds else "BROKEN"),
        ]
        for search in run.guided
    ]
    guided = ["Seed", "Trials", "Kept", "Reached by the first", "Reached by all", "Found", "Verdict"]
    if searched:
        ran = Markup(ran + table("Search for moves that reach new code while there is ink", guided, searched))
    heads = ["Seed", "Notes", "Most bytes with ink", "Slowest until none", "Found", "Verdict"]
    return Markup(title + lead + table("Walks, broken ones first", heads, rows) + ran)
