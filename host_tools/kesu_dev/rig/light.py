"""light: what a photodiode on the glass sees: residue of black under white, and how dark a pulse makes white.

It looks at one spot and gives codes of the rig's converter, in which white and black of this panel are the scale. All
of the glass has one tone, so the spot need not be known.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import TYPE_CHECKING

from kesu_dev.rig.protocol import RigError
from kesu_dev.rig.zero_lut import zero_voltage_lut

if TYPE_CHECKING:
    from kesu_dev.rig.measure import Panel

BLACK, WHITE = 0x00, 0xFF
FILL_OLD, FILL_NEW, NOP = 0x46, 0x47, 0x7F
UNIFORM = {BLACK: "77", WHITE: "f7"}
"""Data of 46h and 47h: the tone, in one step of all rows and columns (hardware-facts A.2)."""
FILLED_US = 100_000
"""Longest BUSY of such a fill."""
FULL, PARTIAL, LOAD, SHOW = 0xF7, 0xFC, 0xE0, 0x0C
"""Values of 22h (hardware-facts A.3)."""
LADDER = (1, 2, 4, 8, 16)
"""Frames of the pulses of the ladder."""
PULSES = 1_000
"""Pulses of the hold."""
LEAST_SPAN = 200
"""Codes between black and white, of 4,096: with fewer a residue of 1 % is lost in the converter's steps."""
UNDER = {"by a partial refresh": "white, partial", "by a full refresh": "white, full"}


def residue(panel: Panel, light: dict[str, int]) -> None:
    """White that never was black, black, and white again by each refresh. Raises RigError if the photodiode sees no
    difference between black and white."""
    panel.begin()
    light["white"] = _shown(panel, WHITE, FULL)
    light["black"] = _shown(panel, BLACK, FULL)
    if light["white"] - light["black"] < LEAST_SPAN:
        raise RigError(
            f"The photodiode gives {light['white']} on white and {light['black']} on black.",
            hint="Put it on the glass, switch the lamp on, and raise the gain.",
        )
    light["white, partial"] = _shown(panel, WHITE, PARTIAL, old=BLACK)
    _shown(panel, BLACK, FULL)
    light["white, full"] = _shown(panel, WHITE, FULL)


def thousandths(light: dict[str, int]) -> dict[str, int]:
    """What is left of black under white, in thousandths of their difference; empty if not measured."""
    if "black" not in light:
        return {}
    white, span = light["white"], light["white"] - light["black"]
    return {name: round(1_000 * (white - light[step]) / span) for name, step in UNDER.items()}


def ladder(panel: Panel, light: dict[str, int], pulses: int = PULSES) -> None:
    """After each pulse towards black, what the photodiode sees; then so many short ones, and a full refresh."""
    panel.begin()
    _shown(panel, WHITE, FULL)
    panel.activate(LOAD)
    _fill(panel, FILL_NEW, BLACK)
    for frames in LADDER:
        panel.send(0x32, zero_voltage_lut(panel.controller.name, frames, pulse=1))
        panel.activate(SHOW)
        light[f"after {frames} frames"] = panel.light()
    panel.send(0x32, zero_voltage_lut(panel.controller.name, 1, pulse=1))
    for _ in range(pulses):
        panel.activate(SHOW)
    light[f"after {pulses} pulses"] = panel.light()
    panel.begin()
    light["white again"] = _shown(panel, WHITE, FULL)


def _shown(panel: Panel, byte: int, control: int, old: int | None = None) -> int:
    """Show one tone, and look. old: in the other plane; the same if left out."""
    _fill(panel, FILL_NEW, byte)
    _fill(panel, FILL_OLD, byte if old is None else old)
    panel.activate(control)
    return panel.light()


def _fill(panel: Panel, op: int, byte: int) -> None:
    """A plane of one tone, by the controller itself; it is busy meanwhile."""
    panel.send(op, UNIFORM[byte])
    panel.rig.ask(f"run {NOP} {FILLED_US}")
