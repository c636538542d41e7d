"""test_starter_pad: the same firmware on the 2.9 inch pad: boots, writes and wipes, with either film."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.emulator.panel.ssd1680 import Ssd1680
from kesu.emulator.scenario import boot_pad, wait_ready
from kesu.emulator.uf2 import read_uf2
from kesu.images import toolchain
from kesu.images.toolchain.request import BuiltImage
from kesu.spec.panels import PANELS, films_of
from kesu.verify.bounds import READY_BOUND_MS
from kesu.verify.search import timeline
from scenes import Written, assert_nothing_left, what_is_left, write_note

pytestmark = pytest.mark.slow

EVENTS: dict[str, Callable[[Written], object]] = {
    "E1 WIPE key": lambda written: written.pad.keys["WIPE"].tap(),
    "E5 AWAY key": lambda written: written.pad.keys["AWAY"].tap(),
    "E7 DTR drops": lambda written: written.pad.host.set_dtr(False),
}

LATE_MS = {("2in9-v2", "ink no longer legible on the glass"): 700.0}
"""The older film has no partial waveform in its OTP, so each refresh takes longer: 685 ms of 600 were seen on the film
of the model (docs/figures.md). Everything else keeps its bounds."""


@pytest.fixture(scope="module")
def starter() -> BuiltImage:
    return toolchain.ensure("sealed", panel="2in9")


@pytest.fixture(scope="module", params=[film.key for film in films_of("2in9")])
def written(starter: BuiltImage, request: pytest.FixtureRequest) -> Written:
    return write_note(boot_pad(starter.uf2, elf=starter.elf, panel=request.param), "山田")


def test_the_manifest_names_the_panel(starter: BuiltImage) -> None:
    assert starter.uf2.name == "kesu-pico-2in9-sealed.uf2"
    pad = VirtualPad(starter.uf2)
    assert isinstance(pad.panel, Ssd1680)
    assert (pad.glass.width, pad.glass.height) == (PANELS["2in9"].width, PANELS["2in9"].height)


def test_the_note_is_there_before_any_event(written: Written) -> None:
    left = fork_run(written, what_is_left)
    for resource in ("sram", "plane 24h", "plane 26h", "glass"):
        assert left["hits"][resource] > 10, resource
    assert left["hits"]["touch_registers"] > 0
    assert not left["owners blank"]
    assert not left["planes blank"]
    assert not left["glass clean"]


def test_ink_lands_where_the_pen_was(written: Written) -> None:
    """Every reported point is black on the glass, within about a pixel for smoothing."""

    def scenario(at: Written) -> list[bool]:
        dark = at.pad.glass.reflectance < 0.5
        return [bool(dark[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].any()) for x, y in at.log.points]

    found = fork_run(written, scenario)
    assert len(found) > 50
    assert all(found)


@pytest.mark.parametrize("name", EVENTS)
def test_nothing_is_left_after_an_event(name: str, written: Written) -> None:
    def scenario(at: Written) -> dict[str, object]:
        EVENTS[name](at)
        at.pad.run_for(READY_BOUND_MS[at.pad.fitted])
        return what_is_left(at)

    left = fork_run(written, scenario)
    assert_nothing_left(left)
    assert left["dsr"]


def test_the_wipe_keeps_its_bounds(written: Written, record_property: Callable[[str, object], None]) -> None:
    def scenario(at: Written) -> list[timeline.Reading]:
        rows = timeline.steps(at.pad, at.searcher, at.ink, at.reference)

        def event() -> None:
            EVENTS["E7 DTR drops"](at)

        return timeline.watch(at.pad, rows, event)

    for reading in fork_run(written, scenario):
        record_property(reading.name, reading.at_ms)
        late_ms = LATE_MS.get((written.pad.fitted, reading.name), 0.0)
        assert reading.within or (reading.at_ms or 1e9) <= late_ms, reading


def test_nothing_is_left_after_a_restart(written: Written) -> None:
    def scenario(at: Written) -> dict[str, object]:
        at.pad.reset("run")
        at.pad.run_for(200.0)
        wait_ready(at.pad, 8_000.0)
        return what_is_left(at)

    assert_nothing_left(fork_run(written, scenario))


def test_a_touch_during_the_wipe_does_not_block_later_touches(written: Written) -> None:
    """The chip holds INT low until it is read: a touch that comes too early must not block later ones."""

    def scenario(at: Written) -> bool:
        pad = at.pad
        pad.keys["WIPE"].tap()
        pad.at(1_000.0, lambda: pad.touch.finger(100.0, 60.0))
        pad.at(1_200.0, pad.touch.lift)
        pad.run_for(READY_BOUND_MS[pad.fitted])
        before = pad.glass.reflectance[40:60, 40:200].copy()
        pad.pen.write([[(60.0, 50.0), (160.0, 50.0)]], 300.0)
        pad.run_for(1_500.0)
        return bool((before > 0.9).all() and (pad.glass.reflectance[50, 70:150] < 0.5).all())

    assert fork_run(written, scenario)


@pytest.mark.parametrize("module", [b"kesu_pad/panel/ssd1683.py", b"kesu_pad/touch/ft6336u.py"])
def test_the_other_pads_drivers_are_not_in_the_image(starter: BuiltImage, module: bytes) -> None:
    assert module in _flashed(toolchain.ensure("sealed"))
    assert module not in _flashed(starter)


def _flashed(image: BuiltImage) -> bytes:
    return b"".join(payload for _, payload in read_uf2(image.uf2).segments)
