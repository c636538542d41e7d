"""test_usb_flood: a USB flood delays no wipe, and the pad drops the bus when it is too heavy."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from fast_part import fast
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.emulator.usb.flood import BY_NAME, KINDS, LINE_STATE, MIXED_SETUPS, Flood, Kind
from kesu.images import toolchain
from kesu.spec.panels import PANELS
from kesu.verify import notes
from kesu.verify.matrix import play as matrix
from kesu.verify.scenes import floods, scenario
from kesu.verify.scenes.events import Event, by_label
from kesu.verify.scenes.scenario import Policy
from kesu.verify.search import measure
from scenes import Written, zero_after

OFF_MS = 5_000.0
BACK_MS = 800.0
R1_MS = 5.0
MORE_MS = 1.5
"""How much later R1 may be because of a flood: the interrupts of 16 requests and a few questions to Python take 0.8 ms.
With a question for each request it was up to 3.6 ms later."""
FLOODED = [
    by_label(label)
    for label in ("E2 byte E", "E5 AWAY key", "E7 DTR drops", "E10 touch bus silent", "E12 RUN")
]
"""The rest is in the matrix of `kesu verify`."""


@pytest.fixture(scope="module")
def noted(sealed: Any) -> scenario.Written:
    return scenario.write(scenario.boot(sealed, 3), notes.note("digits", 3), Policy.of(sealed))


def begin(pad: VirtualPad, kind: Kind, seed: int = 1) -> Flood:
    flood = Flood(pad.wiring.usb, pad.host, pad.clock, kind, seed)
    flood.start()
    return flood


@pytest.mark.slow
@pytest.mark.parametrize("kind", fast(KINDS, KINDS[0], KINDS[-1]), ids=lambda kind: kind.name)
def test_usb_flood_does_not_delay_wipe(kind: Kind, noted: scenario.Written) -> None:
    """R1 once took 3,462 ms, until the watchdog fired: TinyUSB emptied its queue in one piece."""

    def run(written: scenario.Written, lead_ms: float) -> tuple[bool, float, int]:
        pad = written.pad
        there = not measure.owners_blank(pad, written.reference)
        flood = begin(pad, kind)
        pad.run_for(lead_ms)
        pad.keys["WIPE"].tap()
        return there, zero_after(written), sum(flood.delivered.values())

    for lead_ms in (0.02, 0.7, 1.6, 6.0):
        there, lasted_ms, sent = fork_run(noted, partial(run, lead_ms=lead_ms))
        assert there
        assert sent
        assert lasted_ms < R1_MS, f"{lead_ms} ms after the flood began"


def drawn_floods(seed: int, count: int) -> list[Kind]:
    """Floods of one or two requests in turn, some with bytes, at rates from the slowest that counts to the wire's."""
    chosen = random.Random(seed)

    def one() -> Kind:
        setups = tuple(chosen.sample(MIXED_SETUPS, chosen.choice((1, 1, 2))))
        return Kind(
            "drawn",
            setups,
            every_us=chosen.choice((119.0, 160.0, 14.0 * 100.0 ** chosen.random())),
            bulk=chosen.choice((b"", b"", b"z")),
        )

    return [one() for _ in range(count)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("label", ["E6 byte K", "E2 hook opens"])
def test_a_flood_costs_the_loop_little_more_than_its_interrupts(
    label: str, seed: int, noted: scenario.Written
) -> None:
    """A byte under 8.4 requests a millisecond once took 5.2 ms: each request asked Python whether USB must wait."""

    def r1_ms(written: scenario.Written, flooded: Kind | None) -> float:
        event = by_label(label)
        if flooded is not None:
            event = floods.flooded(event, flooded, floods.LEADS_MS[seed % len(floods.LEADS_MS)], seed)
        event.prepare(written)
        assert not measure.owners_blank(written.pad, written.reference)
        event.cause(written)
        lasted_ms = zero_after(written)
        assert not event.check(written)
        return lasted_ms

    quiet_ms = fork_run(noted, partial(r1_ms, flooded=None))
    for kind in drawn_floods(seed, 5):
        assert fork_run(noted, partial(r1_ms, flooded=kind)) < quiet_ms + MORE_MS, kind


@pytest.mark.slow
@pytest.mark.parametrize("event", fast(FLOODED, by_label("E7 DTR drops")), ids=lambda event: event.label)
def test_an_event_during_a_flood_meets_all_its_bounds(event: Event, noted: scenario.Written) -> None:
    for place, name in enumerate((floods.CUT_OFF[0], floods.BORNE[0])):
        scene = floods.flooded(event, BY_NAME[name], floods.LEADS_MS[place], 5)
        played = fork_run(noted, partial(matrix.play, event=scene, seed=3), 300.0)
        assert [cell.reason for cell in played.cells if not cell.holds] == []


def test_a_flood_that_never_reaches_the_pad_is_an_error(noted: scenario.Written) -> None:
    scene = floods.flooded(by_label("E1 WIPE key"), Kind("silence"), 0.4)
    played = fork_run(noted, lambda written: matrix.play(written, scene, 3), 300.0)
    assert {cell.reason for cell in played.cells} == {"the flood never reached the pad: nothing is shown"}


def test_a_flood_drops_the_line_and_the_pad_recovers(on_written: Callable[..., Any]) -> None:
    def scenario_(written: Written) -> tuple[bool, int, bool, bool, bool, int]:
        pad = written.pad
        boots: list[int] = []
        pad.emulator.on_reset.append(lambda: boots.append(1))
        flood = begin(pad, BY_NAME["line state, 8.4 a ms, never waited for"])
        pad.run_for(20.0)
        off = not pad.wiring.usb.pulled_up
        hits = written.searcher.search(pad.sram).hits
        flood.stop()
        pad.run_for(OFF_MS - 100.0)
        still_off = not pad.wiring.usb.pulled_up
        pad.run_for(100.0 + BACK_MS)
        back = pad.host.enumerated
        pad.host.set_dtr(True)
        # The new bus reset also counts as a lost line.
        pad.run_for(2_500.0)
        return off, hits, still_off, back, pad.host.serial_state.dsr, len(boots)

    off, hits, still_off, enumerated, ready, boots = on_written(scenario_)
    assert off
    assert hits == 0
    assert (still_off, enumerated, ready, boots) == (True, True, True, 0)


@pytest.mark.slow
def test_legitimate_driver_traffic_does_not_drop_the_line(on_written: Callable[..., Any]) -> None:
    """As many requests as the pad answers, and two every millisecond without waiting for the answer."""

    def scenario_(written: Written, kind: Kind) -> tuple[int, int, bool]:
        pad = written.pad
        flood = begin(pad, kind)
        pad.run_for(400.0)
        hits = written.searcher.search(pad.sram).hits
        return sum(flood.delivered.values()), hits, pad.wiring.usb.pulled_up

    for name, least in (
        ("line coding read, each answered", 8),
        ("line state, DTR kept, each answered", 16),
        ("descriptor, two a ms, never waited for", 700),
    ):
        sent, hits, on_the_bus = on_written(lambda written, name=name: scenario_(written, BY_NAME[name]))
        assert sent >= least
        assert hits > 50
        assert on_the_bus


def test_a_short_dtr_drop_is_noticed_among_other_requests(on_written: Callable[..., Any]) -> None:
    """The next request comes before the pad has answered; the line was still lost."""

    def scenario_(written: Written, dropped: bool) -> int:
        pad = written.pad
        state = LINE_STATE[:2] + bytes([0 if dropped else 1]) + LINE_STATE[3:]
        pad.wiring.usb.send_setup_packet(state)
        pad.at(0.05, lambda: pad.wiring.usb.send_setup_packet(LINE_STATE))
        pad.run_for(60.0)
        return int(written.searcher.search(pad.sram).hits)

    assert on_written(lambda written: scenario_(written, False)) > 50
    assert on_written(lambda written: scenario_(written, True)) == 0


@pytest.mark.slow
def test_ink_is_drawn_during_a_tolerated_flood(on_written: Callable[..., Any]) -> None:
    def scenario_(written: Written) -> tuple[int, int]:
        pad = written.pad
        before = pad.panel.page().copy()
        begin(pad, BY_NAME["descriptor, two a ms, never waited for"])
        pad.run_for(pad.pen.write([[(60.0, 220.0), (260.0, 240.0)]], 300.0) + 1_500.0)
        return int((pad.panel.page() != before).sum()), pad.emulator.watchdog_resets

    inked, restarts = on_written(scenario_)
    assert inked > 150
    assert restarts == 0


def test_a_refused_request_does_not_get_the_previous_answer(on_written: Callable[..., Any]) -> None:
    """It comes while the firmware still prepares that answer."""

    def scenario_(written: Written, delay_ms: float) -> tuple[bool, bytes, bool]:
        pad = written.pad
        pad.wiring.usb.send_setup_packet(bytes([0x80, 6, 2, 3, 9, 4, 255, 0]))
        pad.run_for(delay_ms)
        refused = pad.host.control(bytes([0xC0, 0x51, 0, 0, 0, 0, 64, 0]))
        pad.run_for(60.0)
        asked = pad.host.control(bytes([0xA1, 0x21, 0, 0, 0, 0, 7, 0]))
        pad.run_for(60.0)
        return refused.stalled, bytes(refused.data), asked.done and len(asked.data) == 7

    for delay_ms in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 2.0):
        stalled, data, alive = on_written(lambda written, delay=delay_ms: scenario_(written, delay))
        assert (stalled, data, alive) == (True, b"", True), f"{delay_ms} ms after the first"


@pytest.fixture(scope="module", params=PANELS)
def full_page(request: pytest.FixtureRequest) -> scenario.Written:
    image = toolchain.ensure("sealed", panel=request.param)
    return scenario.write(scenario.boot(image, 954), notes.note("full page", 954), Policy.of(image))


@pytest.mark.slow
@pytest.mark.parametrize("lead_ms", [0.05, 3.0, 9.0])
@pytest.mark.parametrize("bytes_", ["one byte on bulk OUT at a time", "bytes on bulk OUT"])
def test_work_that_begins_just_before_a_deadline_does_not_delay_it(
    bytes_: str, lead_ms: float, full_page: scenario.Written
) -> None:
    """A byte that came 50 us before the end of the age made the pad draw on the strip and send it: R1 took 12 ms on the
    2.9 inch panel, because long jobs were cut short by events only, and nothing posts a deadline."""
    event = floods.flooded(by_label("E4 maximum age in a call"), BY_NAME[bytes_], lead_ms)
    played = fork_run(full_page, lambda written: matrix.play(written, event, 954), 300.0)
    (r1,) = [cell for cell in played.cells if cell.resource == "R1"]
    assert r1.before
    assert r1.holds, r1
