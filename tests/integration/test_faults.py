"""test_faults: a short run of every campaign, and controls: each finds a note that a fault leaves behind."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.emulator.scenario import wait_ready
from kesu.emulator.usb.messages import words
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes
from kesu.verify.faults import broken_parts, calls, heap, hostile_usb, power
from kesu.verify.faults.days import Clock
from kesu.verify.faults.hold_up import NONE, REFERENCE, Capacitor, Supply
from kesu.verify.faults.trial import Task, dirty, left_in_memory, legible, run_tasks, wait_gone
from kesu.verify.outcome import Trial
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy, Written
from kesu.verify.scenes.usb_requests import requests
from kesu.verify.search import measure

pytestmark = pytest.mark.slow

SCREENS = Path(__file__).parents[2] / "firmware" / "kesu_pad" / "screens.py"
SEED = 11
NOTES = notes.family("digits", ("kanji",), SEED)
FEW = ("15.0", "420.0", "300.0")


@pytest.fixture(scope="module")
def noted(sealed: BuiltImage) -> Written:
    """A pad in a call, with what is needed to search for its note."""
    return scenario.write(scenario.boot(sealed, SEED), NOTES[0], Policy.of(sealed))


@pytest.fixture(scope="module")
def other_ink(sealed: BuiltImage) -> VirtualPad:
    """The same with another note of the same rhythm."""
    return scenario.write(scenario.boot(sealed, SEED), NOTES[1], Policy.of(sealed)).pad


def failed(written: Written, tasks: list[Task]) -> list[Trial]:
    trials = list(run_tasks(written, tasks, 1))
    assert len(trials) == len(tasks)
    return [trial for trial in trials if not trial.holds]


def test_power_cuts_with_and_without_hold_up(noted: Written) -> None:
    wanted = ("15.0 ms into wipe", "420.0 ms into wipe", "300.0 ms into full", "MODE held", "hold-up", "outs")
    tasks = [task for task in power.tasks(SEED, 2) if any(words in task.fault for words in wanted)]
    tasks = [task for task in tasks if not task.fault.endswith("hold-up") or task.fault.split()[1] in FEW]
    assert len(tasks) >= 2 * len(FEW)
    assert failed(noted, tasks) == []


def test_an_unplugged_pad_takes_no_ink(noted: Written) -> None:
    def run(written: Written) -> tuple[int, int]:
        pad = written.pad

        def ink() -> int:
            power._hand(pad)
            pad.run_for(700.0)
            page = pad.panel.page()[: pad.glass.height // 2]
            return int(((page == 0) & (written.reference.page[: len(page)] == 1)).sum())

        pad.unplug(60.0)
        pad.run_for(2_500.0)
        unplugged = ink()
        pad.replug()
        pad.run_for(2_500.0)
        return unplugged, ink()

    unplugged, plugged_in = fork_run(noted, run)
    assert unplugged == 0
    assert plugged_in > 20


def test_a_too_small_capacitor_is_found(noted: Written) -> None:
    """4,700 uF last for 0.17 s (hardware facts, hold-up): memories are clean by then, the glass is not."""
    small = power._task(SEED, "rest", 0.0, Capacitor(4.7e-3, 0.1))
    (trial,) = failed(noted, [small])
    assert trial.reason == "the note was never gone on hold-up"


def test_the_capacitor_model_has_the_published_order_of_magnitude() -> None:
    """hardware-facts E: 17 s and 0.17 s without diode and bleed resistor, which use about a third."""
    assert 9.0 < REFERENCE.hold_s() < 17.0
    assert 0.09 < Capacitor(4.7e-3, 0.0).hold_s() < 0.17
    assert Capacitor(0.33, 150.0).hold_s() == 0.0, "a coin cell's resistance leaves no hold-up"
    assert NONE.hold_s() == 0.0
    assert REFERENCE.vsys(4.6, 0.2) < 4.6 - 0.3


def test_one_wipe_takes_a_fraction_of_the_capacitor(noted: Written) -> None:
    used = fork_run(noted, power.wipe_energy_j)
    assert 0.2 < used < 0.2 * REFERENCE.hold_s() / 4


def test_broken_parts_end_in_a_wipe(noted: Written) -> None:
    names = (
        "BUSY stuck low", "touch chip silent (NAK)", "INT stuck low", "10 kHz on INT for 0.2 s",
        "panel reset in mid-refresh", "panel reset in mid-refresh, while wiping",
    )  # fmt: skip
    tasks = [task for task in broken_parts.tasks(SEED) if task.fault in names]
    assert len(tasks) == len(names)
    assert failed(noted, tasks) == []


def test_ready_with_every_tip_is_a_known_page(sealed: BuiltImage) -> None:
    """Random requests press AWAY any number of times, and READY shows the next tip after each."""
    tips = re.search(r"^TIPS = const\((\d+)\)$", SCREENS.read_text("utf-8"), re.MULTILINE)
    assert tips is not None
    reference = measure.blank(scenario.boot(sealed, SEED), (measure.EVERY_TIP,))
    pages = {bytes(known.page) for known in reference.locked[:-1]}
    assert len(pages) == int(tips[1])
    assert bytes(reference.page) in pages


def test_a_hostile_host_gets_nothing_that_depends_on_ink(noted: Written, other_ink: VirtualPad) -> None:
    each = 30
    tasks = hostile_usb.pair_tasks(other_ink, SEED, each * len(hostile_usb.STATES), each)
    assert failed(noted, tasks + hostile_usb.storm_tasks(SEED)[:3]) == []


def test_requests_with_reversed_direction_write_nothing(noted: Written) -> None:
    """Found by the campaign: TinyUSB wrote the data of a GET_... request into the buffer of its answer."""

    def run(written: Written) -> tuple[list[bool], bytes, bytes]:
        host, pad = written.pad.host, written.pad
        turned = [(0x00, 0x06, 0x0100, 18), (0x00, 0x06, 0x0200, 75), (0x00, 0x00, 0, 2), (0x01, 0x0A, 0, 1)]
        turned += [(0x00, 0x08, 0, 1), (0x02, 0x00, 0, 2)]
        before, refused = bytes(pad.flash), []
        for kind, number, value, length in turned:
            transfer = host.control(
                bytes([kind, number]) + words(value, 0, length), bytes(range(0xA0, 0xA0 + length))
            )
            pad.run_for(25.0)
            refused.append(transfer.done and transfer.stalled)
        assert bytes(pad.flash) == before
        plain = host.control(bytes([0x80, 0x06]) + words(0x0100, 0, 18))
        pad.run_for(25.0)
        return refused, bytes(plain.data), host.descriptor

    refused, descriptor, before = fork_run(noted, run)
    assert all(refused)
    assert descriptor == before
    assert len(before) == 18


def test_inconsistent_requests_are_refused_at_once(noted: Written) -> None:
    """Unexpected or missing data stages, unknown endpoints, and a halt are refused; a valid CLEAR_FEATURE is
    accepted."""

    def run(written: Written) -> list[tuple[bool, bool]]:
        seen = []
        for kind, number, value, index, length in (
            (0x02, 0x01, 0, 0x81, 2), (0x82, 0x01, 0, 0x81, 2), (0x01, 0x0B, 0, 1, 8), (0x00, 0x09, 1, 0, 1),
            (0x02, 0x01, 0, 0x00, 0), (0x02, 0x01, 0, 0x80, 0), (0x02, 0x01, 0, 0x05, 0),
            (0x02, 0x01, 1, 0x81, 0), (0x02, 0x03, 0, 0x02, 0), (0x02, 0x03, 0, 0x00, 0),
            (0x00, 0x09, 2, 0, 0), (0x80, 0x06, 0x100, 0, 0), (0x02, 0x01, 0, 0x81, 0),
        ):  # fmt: skip
            data = b"" if kind & 0x80 else bytes(length)
            transfer = written.pad.host.control(bytes([kind, number]) + words(value, index, length), data)
            written.pad.run_for(25.0)
            seen.append((transfer.done, transfer.stalled))
            written.pad.host.give_up(transfer)
        return seen

    *contradictory, plain = fork_run(noted, run)
    assert contradictory == [(True, True)] * 12
    assert plain == (True, False)


def test_a_packet_for_a_closed_endpoint_causes_no_restart(noted: Written) -> None:
    """Found by the campaign: TinyUSB's driver panicked, and the watchdog restarted the pad seconds later."""

    def run(written: Written) -> tuple[bool, float | None, bool, bool]:
        pad = written.pad
        before = pad.emulator.watchdog_resets, pad.host.resets
        for late_us in range(0, 200, 8):
            unset = pad.host.control(bytes([0x00, 0x09]) + words(0, 0, 0))
            pad.run_for(late_us / 1_000.0)
            pad.host.write(b"H")
            pad.run_until(partial(getattr, unset, "done"), 25.0)
            repeated = pad.host.control(bytes([0x00, 0x09]) + words(1, 0, 0))
            pad.run_until(partial(getattr, repeated, "done"), 25.0)
        gone = wait_gone(written, 1_000.0)
        pad.host.set_dtr(True)
        pad.host.write(b"ERT")
        wait_ready(pad, 5_000.0)
        pad.touch.finger(150.0, 120.0)
        pad.run_for(60.0)
        pad.touch.lift()
        pad.run_for(900.0)
        restarts = (pad.emulator.watchdog_resets, pad.host.resets) != before
        return restarts, gone, bool(pad.host.serial_state.dcd), bool(pad.host.serial_state.ri)

    restarts, gone, written_again, fault = fork_run(noted, run)
    assert not restarts
    assert gone is not None
    assert (written_again, fault) == (True, False)


def test_differing_replies_are_found(noted: Written, other_ink: VirtualPad) -> None:
    """The control: the comparison finds a pad that answers one request differently."""

    def tampered(written: Written) -> Trial:
        sent = requests(SEED, 60)
        other = fork_run(other_ink, lambda pad: hostile_usb.send(pad, sent, SEED))
        changed = [data + b"!" if at == 5 else data for at, data in enumerate(other.data)]
        other.data[:] = changed
        mine = hostile_usb.send(written.pad, sent, SEED)
        reason = hostile_usb.differing(mine, other)
        return Trial("USB", "tampered", SEED, "", None, "", reason)

    assert fork_run(noted, tampered).reason == "the reply to request 5 depends on the note"


@pytest.mark.parametrize("seed", [1, 2031])
def test_a_stuck_busy_has_the_same_result_with_every_note(sealed: BuiltImage, seed: int) -> None:
    """The fault page is drawn over the note: pixels it covers do not count as the note."""
    written = scenario.write(scenario.boot(sealed, seed), notes.note("kanji", seed), Policy.of(sealed))
    tasks = [task for task in broken_parts.tasks(seed) if task.fault == "BUSY stuck high"]
    assert len(tasks) == 1
    assert failed(written, tasks) == []


def test_a_note_that_is_shown_is_legible_and_dirty(noted: Written) -> None:
    assert legible(noted)
    assert dirty(noted)


def test_a_pad_without_an_event_is_not_called_clean(noted: Written) -> None:
    assert fork_run(noted, lambda written: wait_gone(written, 200.0)) is None
    assert left_in_memory(noted) > 0


def test_an_empty_capacitor_cuts_the_power(noted: Written) -> None:
    def run(written: Written) -> tuple[bool, bool]:
        supply = Supply(written.pad, Capacitor(0.02, 0.0))
        alive = supply.run_for(9_000.0)
        return alive, written.pad.powered

    assert fork_run(noted, run) == (False, False)


def test_a_few_calls_leave_nothing_and_take_the_same_time(sealed: BuiltImage) -> None:
    shift = calls.work(sealed, SEED, 4, 2, lambda done: None)
    assert (shift.calls, shift.searched, shift.reason()) == (4, 2, "")
    assert shift.full_refreshes >= 4
    assert shift.handling_s > 4 * calls.SHORTEST_S
    assert replace(shift, left=1).reason().startswith("1 hits")
    assert replace(shift, free_bytes=[4_096, 4_080]).reason().startswith("the free heap changed")


def test_a_deadline_passes_in_skipped_time(noted: Written) -> None:
    def run(written: Written) -> tuple[int, int, float]:
        clock = Clock(written.pad, written.policy.ready_after_ms + calls.WIPE_SLACK_MS)
        clock.rest(written.policy.idle_ms - 30_000.0)
        before = left_in_memory(written)
        clock.rest(30_000.0)
        written.pad.run_for(3_000.0)
        return before, left_in_memory(written), clock.played_ms

    before, after, played_ms = fork_run(noted, run)
    assert before > 0
    assert after == 0
    assert played_ms < 10_000.0


def test_the_free_heap_matches_the_table(noted: Written) -> None:
    free, largest = heap.free_bytes(noted.pad), heap.largest_free_bytes(noted.pad)
    assert 0 < largest <= free < len(noted.pad.memory_map.heap)

    def taken(written: Written) -> int:
        table = written.pad.memory_map.heap.start - 0x2000_0000
        last = next(at for at in range(table + 2_000, 0, -1) if not written.pad.sram[at] & 0b11)
        written.pad.sram[last] |= 0b01  # a free block is taken
        return heap.free_bytes(written.pad)

    assert fork_run(noted, taken) == free - heap.BLOCK_BYTES
