"""report: the report page, verdict first."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from base64 import b64encode

from kesu.verify.evidence import leaks_section, sections, walk_section
from kesu.verify.evidence.benches import by_rig
from kesu.verify.evidence.contents import HEADINGS, LIST, contents, heading
from kesu.verify.evidence.grid import reasons
from kesu.verify.evidence.image import name_of
from kesu.verify.evidence.markup import Markup, page, tag
from kesu.verify.evidence.words import (
    EMULATION_LIMITS,
    HOLDS_ON_A_RIG,
    LIMITS,
    PICTURES,
    PROMISE,
    SIGNS,
    TARGETS,
    VERDICTS,
)
from kesu.verify.results import Run

MOST_REASONS = 12


def report_page(run: Run) -> str:
    """report.html of a run."""
    name = name_of(run.image)
    parts = {
        "promise": Markup(heading("promise") + tag("p", PROMISE)),
        "matrix": sections.matrix(run),
        "times": sections.timings(run),
        "pictures": _pictures(run),
        "pairs": sections.pairs(run),
        "walks": walk_section.walks(run),
        "leaks": leaks_section.mutants(run),
        "faults": sections.faults(run),
        "structure": sections.structure(run),
        "search": sections.search(run),
        "limits": _limits(run),
        "versions": sections.versions(run),
    }
    return page(
        f"Kesu: {run.verdict}, {name}",
        run.target,
        tag("h1", f"Does this pad forget? {name}"),
        _verdict(run),
        tag("p", TARGETS[run.target]),
        sections.facts(run),
        contents(part for part in HEADINGS if parts[part]),
        *(parts[part] for part in HEADINGS),
        back=tag("a", "Contents", href=f"#{LIST}"),
    )


def _verdict(run: Run) -> Markup:
    colour = {"HOLDS": "good", "BROKEN": "bad", "INCOMPLETE": "warn"}[run.verdict]
    found = reasons(run)
    said = HOLDS_ON_A_RIG if by_rig(run) and run.verdict == "HOLDS" else VERDICTS[run.verdict]
    parts = [tag("strong", f"{SIGNS[run.verdict]} {run.verdict}"), tag("p", said)]
    if found:
        parts.append(tag("ul", *(tag("li", reason) for reason in found[:MOST_REASONS])))
        if len(found) > MOST_REASONS:
            parts.append(tag("p", f"And {len(found) - MOST_REASONS} more, in the tables below."))
    return tag("div", *parts, class_=f"verdict {colour}")


def _pictures(run: Run) -> Markup:
    title = heading("pictures")
    if not run.pictures:
        return Markup(title + tag("p", "This run kept no pictures.", class_="soft"))
    order = [name for name in PICTURES if name in run.pictures]
    order += sorted(run.pictures.keys() - PICTURES.keys())
    figures = [
        tag(
            "figure",
            tag(
                "img",
                src=f"data:image/png;base64,{b64encode(run.pictures[name]).decode()}",
                alt=PICTURES.get(name, name),
            ),
            tag("figcaption", PICTURES.get(name, name)),
        )
        for name in order
    ]
    return Markup(title + tag("div", *figures, class_="pictures"))


def _limits(run: Run) -> Markup:
    texts = (*LIMITS, *EMULATION_LIMITS) if run.target == "EMULATED" else LIMITS
    return Markup(heading("limits") + tag("ul", *(tag("li", text) for text in texts)))
