"""ssd16xx_silicon: properties that differ between chips of the family, and effects of complete registers."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from kesu.emulator.panel.ssd16xx_ram import X_MASK, Y_MASK, Ram
from kesu.emulator.panel.ssd16xx_refresh import Mount, Refresher
from kesu.emulator.panel.ssd16xx_update import FILL_NS
from kesu.emulator.panel.ssd16xx_waveform import Step, rails_of, vcom_of


@dataclass(frozen=True)
class Silicon:
    """One chip of the family (hardware-facts A.0).

    width, height: RAM in sources and gates. defaults: registers and their values at power on, whose lengths
    are the parameter counts; shortest: minimum count where fewer are accepted. celsius: 1Ah to whole degrees;
    sensed: whole degrees to 1Bh. decoded: steps of a register LUT, with its rows in the other order on
    demand. mount: how the glass is wired. turned: the glass is rotated. kept_by_rst: bits of registers that a
    low RST does not clear.
    """

    width: int
    height: int
    defaults: Mapping[int, bytes]
    shortest: Mapping[int, int]
    celsius: Callable[[bytes], int]
    sensed: Callable[[int], bytes]
    decoded: Callable[[bytes, bool], tuple[Step, ...] | None]
    mount: Mount
    turned: bool
    kept_by_rst: Mapping[int, bytes]


def apply(op: int, registers: Mapping[int, bytes], silicon: Silicon, ram: Ram, refresher: Refresher) -> None:
    """Apply the effect of a register that has its bytes (hardware-facts A.2); most have none beyond their
    value."""
    value = registers[op]
    if op == 0x11:
        ram.entry = value[0] & 7
    elif op == 0x04:
        refresher.supply.rails = replace(rails_of(value), vcom_v=refresher.supply.rails.vcom_v)
    elif op == 0x2C:
        refresher.supply.rails = replace(refresher.supply.rails, vcom_v=vcom_of(value))
    elif op == 0x1A:
        refresher.supply.temperature_c = silicon.celsius(value)
    elif op == 0x44:
        ram.x_start, ram.x_end = value[0] & X_MASK, value[1] & X_MASK
    elif op == 0x45:
        ram.y_start = (value[0] | value[1] << 8) & Y_MASK
        ram.y_end = (value[2] | value[3] << 8) & Y_MASK
    elif op in (0x46, 0x47):
        ram.fill(ram.red if op == 0x46 else ram.bw, value[0])
        refresher.busy_for(FILL_NS)
    elif op == 0x4E:
        ram.x = value[0] & X_MASK
    elif op == 0x4F:
        ram.y = (value[0] | value[1] << 8) & Y_MASK
