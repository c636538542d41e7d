"""Two emulated chips: a note written by the rig, and events that end it; planes are the model's at every look."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hil.owners import Owned, from_dump
from hil.rig_virtual import RigVirtualBench
from kesu.emulator.scenario import READY_WITHIN_MS, wait_ready
from kesu.images.toolchain import ensure
from kesu_dev.rig.image import build_rig
from kesu_dev.rig.protocol import Kind

pytestmark = [pytest.mark.slow, pytest.mark.long]

WRITTEN_S, WIPED_S = 2.5, 5.0
FAULT_S, RESTARTED_MS = 2.0, 12_000.0
"""The pad shows the number of a fault for some seconds, then it resets."""
STRIP_S = 2.5
"""After the line has come back, until the strip no longer shows that it was away."""
OFF_MS = 50.0
LEAST_INK = 50
LATE_US = 40
"""An edge of BUSY is 26 us late at most with ink in pulses."""
Cause = Callable[[RigVirtualBench], None]


@pytest.fixture(scope="module")
def bench(request: pytest.FixtureRequest) -> Iterator[RigVirtualBench]:
    bench = RigVirtualBench(ensure("sealed", board=request.param), build_rig().uf2)
    yield bench
    bench.close()


def _owned(bench: RigVirtualBench) -> list[Owned]:
    image = ensure("sealed", board=bench.identity().image.split("-")[1])
    return from_dump(bytes(bench.pad.sram), image.elf, bench.pad.emulator.facts)


def _differing(one: list[Owned], other: list[Owned]) -> int:
    return sum(
        a != b for x, y in zip(one, other, strict=True) for a, b in zip(x.content, y.content, strict=True)
    )


def _power_cycle(bench: RigVirtualBench) -> None:
    bench.unplug()
    bench.pad.run_for(OFF_MS)
    bench.plug_in()


def _hook(bench: RigVirtualBench) -> None:
    bench.actions.hold("HOOK", True)
    bench.pad.run_for(200.0)
    bench.actions.hold("HOOK", False)


def _close_and_open(bench: RigVirtualBench) -> None:
    bench.close_line()
    bench.rest(2.5)
    bench.open_line()


def _silent(bench: RigVirtualBench) -> None:
    """E10: the chip stops answering, and the pen comes down."""
    bench.actions.silence_touch(True)
    bench.actions.write([[(200.0, 150.0), (205.0, 150.0)]], 100.0)
    bench.wait(FAULT_S, fault=True)
    bench.actions.silence_touch(False)
    bench.pad.run_until(lambda: bench.bits().ready, RESTARTED_MS)


def _bus_reset(bench: RigVirtualBench) -> None:
    bench.pad.host.bus_reset()
    bench.pad.run_until(lambda: bench.pad.host.enumerated, RESTARTED_MS)
    bench.rest(STRIP_S)
    bench.open_line()


EVENTS: dict[str, Cause] = {
    "call ended": lambda bench: bench.send(b"E"),
    "next call rings": lambda bench: bench.send(b"R"),
    "WIPE key": lambda bench: bench.tap("WIPE"),
    "line closed": _close_and_open,
    "hook opens": _hook,
    "power cut": _power_cycle,
    "bus reset": _bus_reset,
    "touch chip silent": _silent,
}
RESTARTS = ("power cut", "touch chip silent")
STRIPS = ("line closed", "bus reset", "touch chip silent")
"""The strip shows them by partial refreshes, which the pad counts among the state of the pen: the blank pad to compare
with is one that met the event, too."""


def _settled(bench: RigVirtualBench, event: str) -> None:
    if event in RESTARTS:
        bench.start()
        bench.rest(STRIP_S)
        return
    bench.wait(WIPED_S, note=False, ready=True)
    wait_ready(bench.pad, READY_WITHIN_MS)
    bench.rest(STRIP_S)


CASES = [("pico", event) for event in EVENTS] + [
    ("pico2", event) for event in ("call ended", "power cut", "touch chip silent")
]
on_pico = pytest.mark.parametrize("bench", ["pico"], indirect=True)


@pytest.mark.parametrize(("bench", "event"), CASES, indirect=["bench"], scope="module")
def test_an_event_ends_the_note(bench: RigVirtualBench, event: str) -> None:
    bench.start()
    if event in STRIPS:
        EVENTS[event](bench)
        _settled(bench, event)
    blank = _owned(bench)
    bench.write_note()
    bench.wait(WRITTEN_S, note=True)
    assert _differing(blank, _owned(bench)) > LEAST_INK, "the check could not see a note"
    EVENTS[event](bench)
    _settled(bench, event)
    bench.look()
    assert _differing(blank, _owned(bench)) == 0


@pytest.mark.parametrize("bench", ["pico", "pico2"], indirect=True)
def test_busy_of_the_rig_is_the_models(bench: RigVirtualBench) -> None:
    """Each BUSY of a wipe is as long as the model's."""
    bench.start()
    rig, model = bench.both.busy_of_rig, bench.both.busy_of_model
    rig.clear()
    model.clear()
    bench.write_note()
    bench.send(b"E")
    bench.wait(WIPED_S, note=False, ready=True)
    assert len(model) > 6
    assert [level for _, level in rig] == [level for _, level in model]
    late = [abs(mine - theirs) / 1_000 for (mine, _), (theirs, _) in zip(rig, model, strict=True)]
    assert max(late) < LATE_US


@on_pico
def test_outputs_go_to_high_impedance_before_the_power(bench: RigVirtualBench) -> None:
    bench.start()
    bench.unplug()
    kinds = [(note.kind, note.value) for note in bench.actions.log()]
    off = len(kinds) - 1 - kinds[::-1].index((Kind.POWER, 0))
    assert kinds[off - 1] == (Kind.OUTPUTS, 0)
    assert bench.both.complaints == []
    bench.plug_in()


@on_pico
def test_a_rig_that_keeps_driving_is_complained_about(bench: RigVirtualBench) -> None:
    """Presence: "cut" leaves the outputs driven for a pad with hold-up; the bench's pad has none."""
    bench.start()
    bench.write_note()
    bench.pad.run_until(lambda: bool(bench.both.busy_of_rig and not bench.pad.panel.busy), 3_000.0)
    bench.send(b"E")
    bench.pad.run_until(lambda: bench.pad.panel.busy, 1_000.0)
    bench.actions.rig.ask("power cut")
    bench.pad.run_for(5.0)
    assert any("without power" in complaint.reason for complaint in bench.both.complaints)
    bench.both.complaints.clear()
    bench.plug_in()
