"""test_panel_variants: panel behaviour on which sources disagree does not affect a note or its wipe."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from fast_part import fast
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.images import toolchain
from kesu.images.toolchain.request import BuildRequest
from kesu.spec.panels import PANELS
from scenes import Written, assert_nothing_left, ready_pad, what_is_left, write_note

VARIANTS = ("swaps_planes", "drops_when_busy")


@pytest.fixture(scope="module", params=fast([*PANELS], "4in2"))
def ready(request: pytest.FixtureRequest) -> VirtualPad:
    return ready_pad(toolchain.build(BuildRequest(panel=request.param)))


def strokes(pad: VirtualPad) -> tuple[float, float]:
    """Share of black pixels along two strokes drawn one after the other."""
    width, height = pad.glass.width, pad.glass.height
    lines = [[(0.2 * width, y * height), (0.8 * width, y * height)] for y in (0.25, 0.5)]
    for line in lines:
        pad.run_for(pad.pen.write([line], 300.0) + 700.0)
    columns = slice(int(0.25 * width), int(0.75 * width))
    first, second = (float((pad.glass.reflectance[int(line[0][1]), columns] < 0.5).mean()) for line in lines)
    return first, second


@pytest.mark.slow
@pytest.mark.parametrize("variant", fast(VARIANTS, "swaps_planes"))
def test_earlier_strokes_stay_black(variant: str, ready: VirtualPad) -> None:
    def scenario(pad: VirtualPad) -> tuple[float, float]:
        setattr(pad.panel, variant, True)
        return strokes(pad)

    assert min(fork_run(ready, scenario)) > 0.95


@pytest.mark.slow
def test_a_swapping_panel_loses_strokes_unless_both_planes_are_rewritten(ready: VirtualPad) -> None:
    """The positive control: the variant behaves as reported. Writes of the old plane are hidden from the panel."""

    def scenario(pad: VirtualPad) -> tuple[float, float]:
        pad.panel.swaps_planes = True
        command = pad.panel._command
        pad.panel._command = lambda op: command(0x7F if op == 0x26 else op)  # type: ignore[method-assign]
        return strokes(pad)

    assert min(fork_run(ready, scenario)) < 0.8


@pytest.mark.slow
@pytest.mark.parametrize("variant", fast(VARIANTS, "drops_when_busy"))
def test_a_wipe_leaves_nothing(variant: str, ready: VirtualPad) -> None:
    def scenario(pad: VirtualPad) -> dict[str, object]:
        setattr(pad.panel, variant, True)
        written: Written = write_note(pad, "090")
        pad.host.write(b"E")
        pad.run_for(3_000.0)
        return what_is_left(written)

    assert_nothing_left(fork_run(ready, scenario))


@pytest.mark.slow
def test_the_driver_has_no_errors_on_a_panel_that_drops_commands(ready: VirtualPad) -> None:
    def scenario(pad: VirtualPad) -> list[str]:
        pad.panel.drops_when_busy = True
        strokes(pad)
        pad.host.write(b"E")
        pad.run_for(3_000.0)
        pad.reset("run")
        pad.run_for(3_000.0)
        return [error.reason for error in pad.panel.errors]

    assert fork_run(ready, scenario) == []
