"""moves: actions on a pad shared by the campaigns: a stroke, the same note again."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.emulator.board.pad import VirtualPad
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Written


def line(pad: VirtualPad, points: list[tuple[float, float]], step_ms: float = 10.0) -> None:
    """Move the finger along the points, lift it, and wait for a refresh."""
    for number, (x, y) in enumerate(points):
        pad.at(step_ms * number + 1.0, lambda x=x, y=y: pad.touch.finger(x, y))  # type: ignore[misc]  # a lambda with a default
    pad.at(step_ms * len(points) + 1.0, pad.touch.lift)
    pad.run_for(step_ms * len(points) + 100.0)


def corner(pad: VirtualPad, points: int = 8) -> list[tuple[float, float]]:
    """Points of a short stroke where no note is."""
    x, y = 0.72 * pad.glass.width, 0.06 * pad.glass.height
    return [(x + 5.0 * number, y + (number % 2) * 4.0) for number in range(points)]


def note_again(written: Written) -> None:
    """Write the same note again on a READY pad."""
    scenario.play(written.pad, written.written)
