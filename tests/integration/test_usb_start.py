"""test_usb_start: a host that floods a starting pad does not keep the note on the glass, nor the pad from
starting."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from fast_part import fast
from kesu.emulator.core.fork import fork_run
from kesu.emulator.panel.contrast import LEGIBLE_LIGHTNESS
from kesu.emulator.usb.flood import BY_NAME, CONFIGURE, DECONFIGURE, DEVICE, Flood, Kind
from kesu.images import toolchain
from kesu.spec.panels import DEFAULT_PANEL, PANELS
from kesu.verify import notes
from kesu.verify.bounds import BOUNDS_MS
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy, Written
from kesu.verify.search import on_glass
from rp2040py.peripherals import usb

MARGIN_MS = 20.0
FLOODED_MS = 1_600.0
BACK_MS = 9_000.0
"""The pad stays off the bus for 5 s after a heavy flood; then it enumerates."""
SEES_MS = 0.02
"""How often the host looks for the pad: a pad in a heavy flood leaves the bus after 0.16 ms."""
UNKNOWN = "unknown request, 99 a ms, never waited for"
KINDS = (
    Kind("configuration set and taken back, two a ms", (DECONFIGURE, CONFIGURE), every_us=540.0),
    *(
        BY_NAME[name]
        for name in (
            "configuration set, always the same, one a ms",
            "configuration set, one a ms",
            "configuration set and taken back, 10 a ms",
            "descriptor, two a ms, never waited for",
            "descriptor, 70 a ms, never waited for",
            UNKNOWN,
            "everything at once",
            "everything at once, slowly",
            "bus resets 1 ms apart",
        )
    ),
)


@pytest.fixture(scope="module", params=fast(PANELS, DEFAULT_PANEL))
def noted(request: pytest.FixtureRequest) -> Written:
    image = toolchain.ensure("sealed", panel=request.param)
    return scenario.write(scenario.boot(image, 3), notes.note("digits", 3), Policy.of(image))


@dataclass
class Started:
    """A start under a flood. legible_ms: from the reset until the note cannot be read, None if it stays."""

    delivered: int
    legible_ms: float | None
    restarts: int
    enumerated: bool
    ready: bool


def start(written: Written, kind: Kind, bus_reset: bool) -> Started:
    """Restart the pad by its watchdog with the flood from its first moment on; bus_reset: the host also
    resets the bus as soon as it sees the pad, and not after 100 ms as USB 2.0 demands."""
    pad = written.pad
    flood = Flood(pad.wiring.usb, pad.host, pad.clock, kind, 5)
    boots: list[float] = []
    pad.emulator.on_reset += [flood.start, lambda: boots.append(pad.now_ms)]
    pad.reset("watchdog")
    began = pad.now_ms
    if bus_reset:
        pad.run_until(lambda: pad.wiring.usb.pulled_up, 300.0, SEES_MS)
        pad.wiring.usb.signal(usb.SIE_BUS_RESET)
    pad.run_for(max(0.0, 400.0 - (pad.now_ms - began)))
    legible_ms = None
    while legible_ms is None and pad.now_ms - began < FLOODED_MS:
        pad.run_for(2.0)
        if on_glass.contrast(pad, written.ink, written.reference) < LEGIBLE_LIGHTNESS:
            legible_ms = pad.now_ms - began
    pad.run_for(FLOODED_MS - (pad.now_ms - began))
    restarts = len(boots) - 1
    flood.stop()
    pad.emulator.on_reset.remove(flood.start)
    if pad.wiring.usb.pulled_up:
        pad.host.bus_reset()
    pad.run_until(lambda: pad.host.enumerated, BACK_MS, 10.0)
    pad.host.set_dtr(True)
    pad.run_until(lambda: pad.host.serial_state.dsr, BACK_MS, 10.0)
    return Started(
        sum(flood.delivered.values()), legible_ms, restarts, pad.host.enumerated, pad.host.serial_state.dsr
    )


@pytest.fixture
def started(noted: Written) -> Callable[[Kind, bool], Started]:
    return lambda kind, bus_reset: fork_run(noted, lambda written: start(written, kind, bus_reset), 300.0)


@pytest.mark.slow
def test_the_note_can_be_read_before_the_start(noted: Written) -> None:
    assert on_glass.contrast(noted.pad, noted.ink, noted.reference) >= LEGIBLE_LIGHTNESS


@pytest.mark.slow
@pytest.mark.parametrize("bus_reset", [False, True], ids=["no bus reset", "bus reset at once"])
@pytest.mark.parametrize(
    "kind",
    fast(KINDS, KINDS[0], BY_NAME[UNKNOWN]),
    ids=lambda kind: kind.name,
)
def test_usb_flood_at_a_start_neither_delays_blanking_nor_ends_in_a_fault(
    kind: Kind, bus_reset: bool, started: Callable[[Kind, bool], Started]
) -> None:
    """SET_CONFIGURATION before any bus reset once ended every start in fault 91 or a panic, and the note
    stayed on the glass as long as the flood lasted; after a bus reset each request delayed the refresh by
    milliseconds."""
    seen = started(kind, bus_reset)
    assert seen.delivered > 10
    assert seen.legible_ms is not None
    assert seen.legible_ms <= BOUNDS_MS["legible"] - MARGIN_MS
    assert (seen.restarts, seen.enumerated, seen.ready) == (0, True, True)


def test_a_request_before_the_bus_reset_gets_no_answer(noted: Written) -> None:
    """USB 2.0 section 9.1.1.2; the same request after the reset is answered."""

    def scenario_(written: Written) -> tuple[bool, bool]:
        pad = written.pad
        pad.reset("run")
        pad.run_until(lambda: pad.wiring.usb.pulled_up, 300.0, 0.2)
        pad.wiring.usb.send_setup_packet(DEVICE)
        before = pad.host.bytes_in[0]
        pad.run_for(90.0)  # the host resets the bus after 100 ms
        early = pad.host.bytes_in[0] > before
        pad.run_until(lambda: pad.host.enumerated, 2_000.0)
        asked = pad.host.control(DEVICE)
        pad.run_for(60.0)
        return early, bytes(asked.data) == pad.host.descriptor

    assert fork_run(noted, scenario_) == (False, True)


@pytest.mark.slow
@pytest.mark.parametrize("disturbed", [False, True])
def test_a_host_whose_enumeration_gets_no_answer_resets_the_bus_again(
    noted: Written, disturbed: bool
) -> None:
    """As PCs do (Linux: hub.c); without it a flood whose requests replace the host's own would look like a
    dead pad."""

    def play(written: Written) -> tuple[bool, bool, int]:
        pad, host = written.pad, written.pad.host
        before = host.resets
        host.bus_reset()
        pad.run_for(22.0)  # the reset takes 10 ms, the host's first request comes 10 ms later
        if disturbed:
            pad.wiring.usb.send_setup_packet(DECONFIGURE)
        pad.run_for(1_000.0)
        soon = host.enumerated
        pad.run_for(5_000.0)
        return soon, host.enumerated, host.resets - before

    assert fork_run(noted, play) == (not disturbed, True, 1 + disturbed)
