"""leaks_section: the tables of the leaks made on purpose: those written by hand, and those that the seed drew."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Sequence

from kesu.verify.evidence.contents import heading
from kesu.verify.evidence.markup import Markup, table, tag
from kesu.verify.evidence.sections import state
from kesu.verify.outcome import Mutant
from kesu.verify.results import Run


def mutants(run: Run) -> Markup:
    """Seeded leaks and the checks that caught them."""
    title = heading("leaks")
    lead = tag(
        "p",
        "Each leak is one change of the firmware. The checks must notice every one of them that was written by hand.",
    )
    if not run.mutants:
        none = tag("p", "This run tried none; profile “full” does.", class_="soft")
        return Markup(title + lead + none)
    written = [mutant for mutant in run.mutants if not mutant.drawn]
    caught = sum(mutant.caught for mutant in written)
    rows = [
        [
            mutant.name,
            mutant.change,
            ", ".join(mutant.caught_by) or "nothing",
            ", ".join(mutant.expected),
            tag("td", f"{mutant.teaches} {mutant.detail}".strip(), class_="wide"),
            state("holds" if mutant.caught else "BROKEN", "caught" if mutant.caught else "NOT CAUGHT"),
        ]
        for mutant in _worst_first(written)
    ]
    heads = ["Leak", "What was changed", "Noticed by", "Should be noticed by", "What it teaches", "Verdict"]
    return Markup(title + lead + table(f"{caught} of {len(written)} caught", heads, rows) + _drawn(run))


def _drawn(run: Run) -> Markup:
    found, count = run.drawn, run.drawn["of"]
    if not count:
        return Markup("")
    lead = tag(
        "p",
        f"The seed of this run drew {count} leaks that nobody who wrote a check has seen; the checks noticed "
        f"{found['noticed']}. A leak that survives shows what the checks cannot see. It says nothing about this "
        "image, and the verdict does not depend on it.",
    )
    rows = [
        [
            mutant.name,
            tag("td", mutant.change, class_="wide"),
            ", ".join(mutant.caught_by) or "nothing",
            tag("td", mutant.detail, class_="wide"),
            "noticed" if mutant.caught else "SURVIVED",
        ]
        for mutant in _worst_first([mutant for mutant in run.mutants if mutant.drawn])
    ]
    heads = ["Leak", "What it does", "Noticed by", "What was found", "Result"]
    return Markup(lead + table(f"{found['noticed']} of {count} drawn leaks noticed", heads, rows))


def _worst_first(leaks: Sequence[Mutant]) -> list[Mutant]:
    return sorted(leaks, key=lambda entry: (entry.caught, entry.name))
