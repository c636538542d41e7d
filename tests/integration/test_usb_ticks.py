"""test_usb_ticks: everything the host can time leaves the pad at fixed ticks, whatever the pad is doing."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from fast_part import fast
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.chips.rp2040.xip_cache import MISS_CYCLES
from kesu.emulator.core.facts import SRAM_BASE
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.faults.injection import core_of
from kesu.verify.scenes.scenario import boot
from kesu_dev.benchmarks import timing_hosts
from kesu_dev.benchmarks.timing_hosts import BOTH
from scenes import Written

TICK_US = 8_192
TICK_NS = 1_000 * TICK_US
BULK_OUT_SLOT = 2
SOON_US = 160
"""A packet counts as later than a tick from this time before it on."""
TRANSFER_US = 40
"""The emulated controller takes 10 us for a packet, the host 20 us for a status stage."""
STROKES = [[(60.0, 60.0), (200.0, 90.0), (90.0, 150.0)], [(230.0, 70.0), (330.0, 150.0), (240.0, 200.0)]]
GET_CODING = bytes([0xA1, 0x21, 0, 0, 0, 0, 7, 0])
SET_ADDRESS = bytes([0x00, 0x05, 1, 0, 0, 0, 0, 0])
UNKNOWN = bytes([0xC0, 0x51, 0, 0, 0, 0, 64, 0])


def after_tick_us(pad: VirtualPad, moment_ns: int) -> float:
    """Time since the last tick of the pad's clock."""
    return ((moment_ns - pad.emulator.mcu.timer._epoch_nanos) / 1_000) % TICK_US


def ask_while_writing(pad: VirtualPad) -> dict[str, list[int]]:
    """Requests, refusals and packets at irregular times while ink is drawn; when each began and ended."""
    asked: list[Any] = []
    began: list[int] = []
    lasts = pad.pen.write(STROKES, 300.0)
    sent = len(pad.host.taken_ns)

    def ask(setup: bytes) -> None:
        began.append(pad.clock.now_ns)
        asked.append(pad.host.control(setup))

    for number in range(int(lasts / 61.7)):
        pad.at(5.0 + 61.7 * number, partial(ask, GET_CODING if number % 2 else UNKNOWN))
        pad.at(17.3 + 61.7 * number, partial(pad.host.write, b"z"))
    pad.run_for(lasts + 1_500.0)
    assert all(transfer.done for transfer in asked)
    return {
        "began": began,
        "answered": [transfer.done_ns for transfer in asked],
        "taken": pad.host.taken_ns[sent:],
    }


@pytest.mark.slow
def test_answers_refusals_and_readiness_for_data_are_on_the_ticks(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> tuple[dict[str, list[int]], list[float]]:
        pad = written.pad
        times = ask_while_writing(pad)
        # A packet is accepted when the pad is ready for it; to make this visible, another is always waiting.
        sent = len(pad.host.taken_ns)
        pad.pen.write(STROKES, 300.0)
        for _ in range(100):
            pad.host.write(b"z" * 64)
        pad.run_for(900.0)
        taken = pad.host.taken_ns[sent + 1 :]
        return times, [after_tick_us(pad, moment) for moment in [*times["answered"], *taken]]

    times, offsets = on_written(scenario)
    assert len(times["answered"]) > 20
    assert len(offsets) > len(times["answered"]) + 40
    assert max(offsets) < TRANSFER_US
    assert len({round(offset) for offset in offsets}) <= 4, (
        "refusals, answers and packets each have their own tick"
    )


@pytest.mark.slow
def test_no_answer_is_a_tick_late_while_ink_is_drawn(on_written: Callable[..., Any]) -> None:
    """A late answer would leak one bit of what the pad is doing."""

    def scenario(written: Written) -> tuple[list[float], list[float]]:
        times = ask_while_writing(written.pad)
        lasted = [(end - start) / 1_000 for start, end in zip(times["began"], times["answered"], strict=True)]
        return lasted[::2], lasted[1::2]

    refused, answered = on_written(scenario)
    assert min(refused) >= TICK_US
    assert max(refused) <= 2 * TICK_US + SOON_US + TRANSFER_US
    # Data at one tick, and the status stage at the second tick after it.
    assert max(answered) <= 4 * TICK_US + SOON_US + TRANSFER_US


WRAPS_MS = (1 << 32) / 1_000
"""Period of the lower half of the chip's microseconds: 71.6 minutes."""


@pytest.mark.slow
@pytest.mark.parametrize("before_ms", [0.0, WRAPS_MS], ids=["a moment to come", "71.6 minutes before it"])
def test_a_packet_of_71_minutes_ago_holds_no_answer_back(before_ms: float, sealed: BuiltImage) -> None:
    """In 32 bits its time looks like a moment to come, which holds the answer back. The next notification may well be
    timed from such a moment."""
    pad = boot(sealed, 1, ticks_ms=WRAPS_MS + 1_000.0)
    kept_at = pad.memory_map.symbols["earliest_us"].address - SRAM_BASE
    now_us = int((pad.clock.now_ns - pad.emulator.mcu.timer._epoch_nanos) // 1_000)
    kept_us = now_us + 1_000_000 - int(before_ms * 1_000)
    for slot in range(4):
        pad.sram[kept_at + 8 * slot : kept_at + 8 * slot + 8] = kept_us.to_bytes(8, "little")
    transfer = pad.host.control(GET_CODING)
    pad.run_for(50.0)
    assert transfer.done == bool(before_ms)


def test_a_status_stage_ends_within_50_ms(on_written: Callable[..., Any]) -> None:
    """USB 2.0 section 9.2.6.4; an address is set within 2 ms of it (9.2.6.3)."""

    def scenario(written: Written) -> tuple[float, int, int]:
        pad = written.pad
        address = pad.wiring.usb.read_uint32
        before = address(0) & 0x7F
        began = pad.clock.now_ns
        transfer = pad.host.control(SET_ADDRESS)
        pad.run_until(lambda: transfer.done, 60.0, 0.1)
        pad.run_for(2.0)
        return (transfer.done_ns - began) / 1e6, before, address(0) & 0x7F

    lasted_ms, before, after = on_written(scenario)
    assert lasted_ms < 50.0
    assert (before, after) == (1, 1)


def test_the_first_message_of_a_wipe_does_not_depend_on_the_panel(
    on_written: Callable[..., Any],
) -> None:
    """WIPE at rest and during a refresh, at the same time of the pad's clock."""

    def scenario(written: Written, draws: bool) -> tuple[bool, list[tuple[int, int]]]:
        pad = written.pad
        if draws:
            pad.touch.finger(150.0, 120.0)
            pad.at(40.0, pad.touch.lift)
        pad.run_for(200.0)
        seen, began = len(pad.host.notifications), pad.clock.now_ns
        busy = pad.panel.busy
        pad.keys["WIPE"].tap(bounce_ms=0.0)
        pad.run_for(2_100.0)
        return busy, [(m.time_ns - began, m.payload[0]) for m in pad.host.notifications[seen:]]

    resting, quiet = on_written(lambda written: scenario(written, False))
    refreshing, busy = on_written(lambda written: scenario(written, True))
    assert (resting, refreshing) == (False, True)
    assert [bits for _, bits in quiet] == [0, 2]
    assert [(at // 1_000, bits) for at, bits in quiet] == [(at // 1_000, bits) for at, bits in busy]


def ask_before_a_tick(pad: VirtualPad, lead_us: int, busy: bool) -> float:
    """Time from a request to its refusal, in us. The request comes `lead_us` before a tick; busy: a packet is due at
    that tick."""
    passed = after_tick_us(pad, pad.clock.now_ns)
    pad.run_for((2 * TICK_US - passed) / 1_000 + 0.3)
    if busy:
        pad.host.write(b"z")
    pad.run_for((2 * TICK_US - 300 - lead_us) / 1_000)
    began = pad.clock.now_ns
    transfer = pad.host.control(UNKNOWN)
    pad.run_until(lambda: transfer.done, 60.0, 0.1)
    return (transfer.done_ns - began) / 1_000


@pytest.mark.parametrize("busy", [False, True], ids=["nothing else", "with a packet"])
@pytest.mark.parametrize("lead_us", fast([2, 20, 90, 120, 220, 4_000, 8_100, 8_180], 20, 220))
def test_a_request_just_before_a_tick_is_answered_on_time(
    lead_us: int, busy: bool, on_written: Callable[..., Any]
) -> None:
    """The host chooses when to ask, and must not learn from the answer whether the pad is busy, nor what it was
    preparing for the tick."""
    ticks = 2 if lead_us < SOON_US else 1
    lasted = on_written(lambda written: ask_before_a_tick(written.pad, lead_us, busy))
    assert abs(lasted - lead_us - ticks * TICK_US) < TRANSFER_US


@pytest.mark.slow
def test_an_answer_is_not_late_because_the_pad_asks_for_a_packet(on_written: Callable[..., Any]) -> None:
    """The pad asks for the next packet some 0.7 ms after it took one. In the last 160 us before the tick of an answer
    that once moved the answer to the next tick, so its time showed how long the loop had taken."""

    def scenario(written: Written, before_us: int) -> float:
        pad = written.pad
        pad.run_for((3 * TICK_US - after_tick_us(pad, pad.clock.now_ns) - 4_000) / 1_000)
        began = pad.clock.now_ns
        transfer = pad.host.control(GET_CODING)
        pad.run_for((4_000 + TICK_US - before_us) / 1_000)
        taken = len(pad.host.taken_ns)
        pad.host.write(b"z")
        pad.run_until(lambda: transfer.done, 60.0, 0.1)
        assert len(pad.host.taken_ns) > taken
        return (transfer.done_ns - began) / 1_000

    lasted = [on_written(lambda written, us=us: scenario(written, us)) for us in range(400, 1_200, 20)]
    assert max(lasted) - min(lasted) < TRANSFER_US


def times_of_a_busy_host(written: Written, miss_cycles: int, size: int) -> tuple[list[int], list[int]]:
    """Times of packets and of answers while the pen writes, in ns, for a host that keeps both endpoints busy."""
    pad = written.pad
    core_of(pad).state.xip_miss_cycles = miss_cycles
    heard = timing_hosts.listen(pad, BOTH, 0.0, size)
    pad.run_for(100.0)
    sent = len(heard.packets_ns), len(heard.answers_ns)
    pad.run_for(pad.pen.write(STROKES, 300.0) + 600.0)
    return heard.packets_ns[sent[0] :], heard.answers_ns[sent[1] :]


def steps(times_ns: list[int]) -> set[int]:
    return {later - one for one, later in pairwise(times_ns)}


@pytest.mark.slow
@pytest.mark.parametrize("size", fast([1, 64], 64))
@pytest.mark.parametrize("miss_cycles", [0, MISS_CYCLES], ids=["flash in cache", "flash with misses"])
def test_a_busy_host_sees_equal_steps_while_ink_is_drawn(
    miss_cycles: int, size: int, on_written: Callable[..., Any]
) -> None:
    """To the nanosecond: one cycle of 8 ns was enough to see whether the core was busy, and packets of 64 bytes
    came one to four ticks later than short ones."""
    packets, answers = on_written(lambda written: times_of_a_busy_host(written, miss_cycles, size))
    assert len(packets) > 60
    assert steps(packets) == {2 * TICK_NS}
    assert len(answers) > 30
    assert steps(answers) == {4 * TICK_NS}


@pytest.mark.slow
def test_no_event_remains_in_the_queue_of_usb(on_written: Callable[..., Any]) -> None:
    """Their number depends on ink: the end of a transfer is dropped when the next request comes first."""

    def scenario(written: Written) -> tuple[int, bytes, int, int]:
        pad = written.pad
        queue, entries = (pad.memory_map.symbols[name] for name in ("_usbd_qdef", "_usbd_qdef_buf"))
        heard = timing_hosts.listen(pad, BOTH, 0.0)
        pad.run_for(pad.pen.write(STROKES, 300.0) + 600.0)
        start, first = queue.address - SRAM_BASE, entries.address - SRAM_BASE
        places = bytes(pad.sram[start + 8 : start + 12])
        return len(heard.answers_ns), places, max(pad.sram[first : first + entries.size]), entries.size

    answers, places, greatest, size = on_written(scenario)
    assert answers > 30
    assert size >= 12 * 16, "the entries of tu_fifo_t are where this test looks"
    assert (places, greatest) == (bytes(4), 0)


@pytest.mark.slow
def test_a_core_too_slow_for_the_time_before_a_tick_is_seen(on_written: Callable[..., Any]) -> None:
    """The test above can fail: on a core twelve times as slow at fetching code, ticks are missed."""
    packets, _ = on_written(lambda written: times_of_a_busy_host(written, 12 * MISS_CYCLES, 64))
    assert len(steps(packets)) > 1


@pytest.mark.slow
@pytest.mark.parametrize("miss_cycles", [0, MISS_CYCLES], ids=["flash in cache", "flash with misses"])
def test_the_loop_needs_less_than_three_quarters_of_the_time_before_a_tick(
    miss_cycles: int, on_written: Callable[..., Any]
) -> None:
    """From a packet to the request for the next one. How long that takes depends on ink; that is why it must end
    well before the tick."""

    def scenario(written: Written) -> list[float]:
        pad = written.pad
        core = core_of(pad)
        symbols = pad.memory_map.symbols
        hold = symbols["kesu_ticks_hold"].address
        taken: list[float] = []

        def holds(_address: int) -> None:
            if pad.emulator.mcu.core.registers[0] == BULK_OUT_SLOT:
                taken.append((pad.clock.now_ns - pad.host.taken_ns[-1]) / 1_000)
            core.watch_instruction(0)
            pad.clock.after(1_000, lambda: core.watch_instruction(hold))

        core.on_watched = holds
        core.watch_instruction(hold)
        times_of_a_busy_host(written, miss_cycles, 64)
        core.watch_instruction(0)
        return taken

    taken = on_written(scenario)
    assert len(taken) > 60
    assert max(taken) - min(taken) > 1_000.0, "ink was drawn in the meantime"
    assert max(taken) < 0.75 * TICK_US
