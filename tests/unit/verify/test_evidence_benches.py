"""test_evidence_benches: a report of a test rig and one of the virtual pad are never one report."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from evidence_runs import holding
from kesu.verify.bounds import RESOURCES
from kesu.verify.evidence import write
from kesu.verify.evidence.benches import BENCH, BENCHES
from kesu.verify.evidence.checking import check, recount
from kesu.verify.evidence.folder import report_json
from kesu.verify.evidence.letter import letter_markdown
from kesu.verify.evidence.report import report_page
from kesu.verify.plan import BY_RIG, NOT_BY_RIG, OF_RIG
from kesu.verify.profile import NOT_JUDGED_BY_RIG, RIG
from kesu.verify.results import Run, Target
from kesu.verify.scenes.events import EVENTS

TARGETS: tuple[Target, ...] = ("HARDWARE", "EMULATED")


@pytest.mark.parametrize("target", TARGETS)
def test_a_run_with_a_rig_is_evidence(tmp_path: Path, target: Target) -> None:
    run = holding("rig", target=target)
    assert run.verdict == "HOLDS"
    assert len(run.cells) == len(BY_RIG) * len(RIG.resources) * RIG.notes
    write(run, tmp_path / "evidence", None)
    found = check(tmp_path / "evidence")
    assert (found.problems, found.verdict, found.target) == ((), "HOLDS", target)


def _other_target(run: Run) -> None:
    run.target = "EMULATED" if run.target == "HARDWARE" else "HARDWARE"


def _cell_of_the_emulator(run: Run) -> None:
    cell = run.cells[3]
    run.cells[3] = replace(cell, scenario=cell.scenario.replace(OF_RIG, ""))


def _no_bench(run: Run) -> None:
    del run.versions[BENCH]


def _sooner_bound(run: Run) -> None:
    run.cells[4] = replace(run.cells[4], bound_ms=20.0)


@pytest.mark.parametrize("change", [_other_target, _cell_of_the_emulator, _no_bench, _sooner_bound])
@pytest.mark.parametrize("target", TARGETS)
def test_a_changed_report_of_a_rig_is_refused(change: Callable[[Run], None], target: Target) -> None:
    run = holding("rig", target=target)
    assert recount(report_json(run))[1] == []
    change(run)
    assert recount(report_json(run))[1]


def _cell_of_a_rig(run: Run) -> None:
    run.cells[3] = replace(run.cells[3], scenario=f"{run.cells[3].scenario}{OF_RIG}")


def _bench_of_a_rig(run: Run) -> None:
    run.versions[BENCH] = BENCHES["HARDWARE"]


@pytest.mark.parametrize("change", [_other_target, _cell_of_a_rig, _bench_of_a_rig])
def test_a_report_of_the_virtual_pad_takes_nothing_of_a_rig(change: Callable[[Run], None]) -> None:
    run = holding("quick")
    assert recount(report_json(run))[1] == []
    change(run)
    assert recount(report_json(run))[1]


def test_the_report_says_that_panel_and_touch_chip_were_simulated() -> None:
    page = report_page(holding("rig", target="HARDWARE"))
    assert "The rig simulated panel, touch chip, keys and cable" in page
    assert "in the memories that a test rig reads" in page
    assert "kesu verify --target rig:NAME --seed" in page
    for label, reason in (NOT_BY_RIG | NOT_JUDGED_BY_RIG).items():
        assert f">{label}" in page
        assert reason in unescape(page)
    assert "No physical pad was measured" not in page
    assert "anywhere on the pad" not in page
    assert "kesu verify --target rig-virtual --seed" in report_page(holding("rig"))


@pytest.mark.slow
def test_every_event_and_resource_is_played_or_explained() -> None:
    assert {event.label for event in EVENTS} == {*BY_RIG, *NOT_BY_RIG}
    assert not {*BY_RIG} & {*NOT_BY_RIG}
    assert {*RESOURCES} == {*RIG.resources, *NOT_JUDGED_BY_RIG}
    assert "Not run on a rig" not in report_page(holding("quick"))


def test_a_rig_gives_no_letter_of_volatility() -> None:
    assert "cannot be given" in letter_markdown(holding("rig", target="HARDWARE"))
    assert "cannot be given" not in letter_markdown(holding("full"))
