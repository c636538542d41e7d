"""test_drawn_survivors: a drawn leak that survives is named, and changes no verdict; one written by hand does."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import evidence_runs
import pytest
from kesu.verify import plan
from kesu.verify.evidence import demands
from kesu.verify.evidence.grid import reasons
from kesu.verify.evidence.junit import junit_xml
from kesu.verify.evidence.report import report_page
from kesu.verify.outcome import Mutant
from kesu.verify.profile import FULL
from kesu.verify.results import Run
from kesu.verify.runner.command import summary

WRITTEN, DRAWN = False, True


def full(*, survives: bool | None) -> Run:
    """A full run that holds, but for one leak of that kind; None: all are noticed. The survivor is the last."""
    run = evidence_runs.holding("full")
    chosen = next((one for one in run.mutants if one.drawn == survives), None)
    if chosen is not None:
        others = [one for one in run.mutants if one is not chosen]
        run.mutants = [*others, replace(chosen, caught_by=(), change="ink into a made-up place")]
    return run


def survivor(run: Run) -> Mutant:
    return run.mutants[-1]


def test_a_full_run_draws_at_least_24_leaks() -> None:
    assert len(plan.drawn(1, FULL)) >= 24
    run = full(survives=None)
    assert run.drawn == {"noticed": FULL.drawn, "of": FULL.drawn, "survived": []}
    assert run.verdict == "HOLDS"


def test_a_drawn_survivor_leaves_the_verdict_and_is_named_everywhere() -> None:
    run = full(survives=DRAWN)
    name = survivor(run).name
    assert run.verdict == "HOLDS"
    assert reasons(run) == []
    assert run.drawn == {"noticed": FULL.drawn - 1, "of": FULL.drawn, "survived": [name]}
    assert run.to_dict()["drawn"] == run.drawn
    said = summary(run)
    assert f"they noticed {FULL.drawn - 1} of {FULL.drawn} drawn leaks" in said
    assert f"survived: {name}, ink into a made-up place" in said
    page = report_page(run)
    assert "the checks noticed 23" in page
    assert "SURVIVED" in page


def test_a_survivor_that_was_written_by_hand_breaks_the_run() -> None:
    run = full(survives=WRITTEN)
    assert run.verdict == "BROKEN"
    assert any(survivor(run).name in reason for reason in reasons(run))
    assert f"mutant {survivor(run).name} survived" in summary(run)


@pytest.mark.parametrize(("survives", "element"), [(DRAWN, "skipped"), (WRITTEN, "failure")])
def test_a_survivor_is_a_case_of_its_kind_in_junit(survives: bool, element: str) -> None:
    run = full(survives=survives)
    root = ElementTree.fromstring(junit_xml(run))
    (case,) = (case for case in root.iter("testcase") if case.get("name") == survivor(run).name)
    assert [child.tag for child in case] == [element]
    assert root.get("failures") == ("1" if element == "failure" else "0")


def test_a_full_run_without_a_drawn_leak_is_not_complete() -> None:
    run = full(survives=None)
    run.mutants = [one for one in run.mutants if one.name != f"drawn {run.seed}.5"]
    run.missing = demands.missing(run)
    assert run.missing == [f"1 of seeded leak: drawn {run.seed}.5"]
    assert run.verdict == "INCOMPLETE"
