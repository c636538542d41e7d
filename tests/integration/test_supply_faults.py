"""test_supply_faults: the power campaign on both boards, on cells that are not charged or at their worst."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import replace

import pytest
from kesu.emulator.board.revision import FIRST, SECOND, Revision
from kesu.emulator.core.fork import fork_run
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes
from kesu.verify.faults import charge, power
from kesu.verify.faults.hold_up import READY_V, REFERENCE, WORST, Supply
from kesu.verify.faults.trial import Task, run_tasks
from kesu.verify.outcome import Trial
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy, Written

pytestmark = pytest.mark.slow

SEED = 11


@pytest.fixture(scope="module")
def noted(sealed: BuiltImage) -> Written:
    """A pad in a call, with what is needed to search for its note."""
    note = notes.family("digits", ("kanji",), SEED)[0]
    return scenario.write(scenario.boot(sealed, SEED), note, Policy.of(sealed))


def failed(written: Written, tasks: list[Task]) -> list[Trial]:
    trials = list(run_tasks(written, tasks, 1))
    assert len(trials) == len(tasks)
    return [trial for trial in trials if not trial.holds]


@pytest.mark.parametrize(("board", "broken"), [(FIRST, 2), (SECOND, 0)], ids=["first", "second"])
def test_a_charger_shows_what_the_second_board_cures(noted: Written, board: Revision, broken: int) -> None:
    """On a charger GP24 alone shows the unplug; on the first board erratum and leakage keep it high."""
    tasks = [task for task in power.tasks(SEED, 1, board) if "off a charger" in task.fault]
    assert len(tasks) >= 5
    trials = failed(noted, tasks)
    assert len(trials) == broken
    assert all("ink was on the glass" in trial.reason for trial in trials)
    assert all(trial.figures["ink_before_px"] == trial.figures["ink_taken_px"] > 20 for trial in trials)


def test_a_cell_that_is_not_charged_leaves_nothing_after_the_next_boot(noted: Written) -> None:
    tasks = [task for task in power.tasks(SEED, 1) if "with the cell at" in task.fault]
    trials = list(run_tasks(noted, [tasks[0], tasks[4], tasks[-1]], 1))
    assert [trial.reason for trial in trials] == ["", "", ""]
    held = [trial.figures["held_s"] for trial in trials]
    assert held[0] < 0.1 < held[1] < 3.0 < held[2]


@pytest.mark.parametrize("pessimistic", [False, True], ids=["usual", "pessimistic"])
def test_no_note_begins_before_the_cell_can_end_it(noted: Written, pessimistic: bool) -> None:
    tasks = [task for task in power.tasks(SEED, 1, SECOND, pessimistic) if "an empty cell" in task.fault]
    trials = list(run_tasks(noted, tasks, 1))
    assert [trial.reason for trial in trials] == [""] * len(charge.PLUGGED_S)
    took = [trial.figures["ink_before_px"] >= charge.LEAST_INK_PX for trial in trials]
    assert took == [trial.figures["cell_V"] >= READY_V for trial in trials]
    assert took == sorted(took)
    assert {*took} == {False, True}


def test_on_the_first_board_a_note_begins_that_its_cell_cannot_end(noted: Written) -> None:
    tasks = [task for task in power.tasks(SEED, 1, FIRST) if "an empty cell" in task.fault]
    first, *_, last = run_tasks(noted, tasks, 1)
    assert "the cell could not carry the wipe" in first.reason
    assert first.figures["ink_taken_px"] > charge.LEAST_INK_PX
    assert last.reason == ""


def test_the_worst_cell_lasts_for_the_wipe(noted: Written) -> None:
    """Pessimistic: cold, old, 1.5 times the load. With half of its charge it would not last."""
    usual = [task for task in power.tasks(SEED, 2, pessimistic=True) if "with hold-up" in task.fault]
    assert failed(noted, usual[:2]) == []
    weak = power._task(SEED, "rest", 0.0, replace(WORST, full_v=2.9))
    assert len(failed(noted, [weak])) == 1


def test_the_converter_reads_cell_and_vsys(noted: Written) -> None:
    def codes(written: Written) -> list[int]:
        supply = Supply(written.pad, replace(REFERENCE, full_v=4.0))
        adc = written.pad.emulator.mcu.adc
        values = adc.inputs if hasattr(adc, "inputs") else adc.channel_values
        full = [values[0], values[3]]
        supply.run_for(2_000.0)
        return [*full, values[0], values[3]]

    cell, vsys, later_cell, later_vsys = fork_run(noted, codes)
    assert cell == int(2.0 / 3.3 * 4096)
    assert vsys < int(4.0 / 3 / 3.3 * 4096)
    assert later_cell < cell
    assert later_vsys < vsys
