"""test_faults: a small part of every campaign, and the control: each can see a note that a fault leaves
behind."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.build.request import BuiltImage
from kesu.campaigns import broken_parts, calls, hostile_usb, power
from kesu.campaigns.hold_up import NONE, REFERENCE, Capacitor, Supply
from kesu.campaigns.trial import Task, Trial, left_in_memory, run_tasks, wait_gone
from kesu.verify.scenes import notes, scenario
from kesu.verify.scenes.scenario import Policy, Written
from kesu.virtual.fork import fork_run

SEED = 11


@pytest.fixture(scope="module")
def noted(sealed: BuiltImage) -> Written:
    """A pad in mid-call, with what is needed to look for its note."""
    return scenario.write(scenario.boot(sealed, SEED), notes.note("digits", SEED), Policy.of(sealed))


def failed(written: Written, tasks: list[Task]) -> list[Trial]:
    trials = list(run_tasks(written, tasks, 1))
    assert len(trials) == len(tasks)
    return [trial for trial in trials if not trial.holds]


def test_power_cuts_with_and_without_hold_up(noted: Written) -> None:
    wanted = ("15 ms into wipe", "420 ms into wipe", "held", "during hold-up", "losses")
    tasks = [task for task in power.tasks(SEED, 2) if any(words in task.fault for words in wanted)]
    assert failed(noted, tasks) == []


def test_a_capacitor_that_is_too_small_is_found(noted: Written) -> None:
    """4,700 uF last for 0.17 s (hardware facts, hold-up): memories are clean by then, the glass is not."""
    small = power._task("unplugged 0 ms into rest", SEED, "rest", 0.0, Capacitor(4.7e-3, 0.05))
    (trial,) = failed(noted, [small])
    assert trial.reason == "the note was never gone on hold-up"


def test_the_model_of_the_capacitor_gives_the_published_order_of_magnitude() -> None:
    assert 3.0 < REFERENCE.usable_j() < 3.9
    assert 0.030 < Capacitor(4.7e-3, 0.0).usable_j() < 0.039
    assert Capacitor(0.33, 150.0).usable_j() == 0.0, "a coin cell's resistance eats all of it"
    assert NONE.usable_j() == 0.0
    assert REFERENCE.volts_after(REFERENCE.usable_j()) > 2.2


def test_one_wipe_takes_a_fraction_of_the_capacitor(noted: Written) -> None:
    used = fork_run(noted, power.wipe_energy_j)
    assert 0.2 < used < REFERENCE.usable_j() / 4


def test_parts_that_break(noted: Written) -> None:
    names = ("BUSY stuck low", "touch chip silent (NAK)", "INT stuck low", "10 kHz on INT for 0.2 s")
    tasks = [task for task in broken_parts.tasks(SEED) if task.fault in names]
    assert len(tasks) == len(names)
    assert failed(noted, tasks) == []


def test_a_hostile_host_gets_nothing_that_depends_on_ink(noted: Written, sealed: BuiltImage) -> None:
    blank = scenario.boot(sealed, SEED)
    tasks = hostile_usb.pair_tasks(blank, SEED, 120, 60) + hostile_usb.storm_tasks(SEED)[:4]
    assert failed(noted, tasks) == []


def test_replies_that_differ_are_seen(noted: Written, sealed: BuiltImage) -> None:
    """The control: against a pad that answers one request otherwise, the comparison speaks up."""
    blank = scenario.boot(sealed, SEED)

    def tampered(written: Written) -> Trial:
        sent = hostile_usb.requests(SEED, 60)
        other = fork_run(blank, lambda pad: hostile_usb.send(pad, sent, SEED))
        changed = [data + b"!" if at == 5 else data for at, data in enumerate(other.data)]
        other.data[:] = changed
        mine = hostile_usb.send(written.pad, sent, SEED)
        reason = hostile_usb.differing(mine, other)
        return Trial("USB", "tampered", SEED, "", None, "", reason)

    assert fork_run(noted, tampered).reason == "the reply to request 5 depends on the note"


def test_a_pad_that_nothing_happens_to_is_not_called_clean(noted: Written) -> None:
    assert fork_run(noted, lambda written: wait_gone(written, 200.0)) is None
    assert left_in_memory(noted) > 0


def test_an_empty_capacitor_takes_the_power(noted: Written) -> None:
    def run(written: Written) -> tuple[bool, bool]:
        supply = Supply(written.pad, Capacitor(0.02, 0.0))
        alive = supply.run_for(5_000.0)
        return alive, written.pad.powered

    assert fork_run(noted, run) == (False, False)


def test_a_few_calls_leave_nothing_and_take_the_same_time(sealed: BuiltImage) -> None:
    shift = calls.work(sealed, SEED, 4, 2, lambda done: None)
    assert (shift.calls, shift.searched, shift.left, shift.restarts, shift.driver_errors) == (4, 2, 0, 0, 0)
    assert max(shift.ready_ms) - min(shift.ready_ms) < calls.JITTER_MS
    assert shift.full_refreshes >= 4
