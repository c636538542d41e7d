"""panel_on_rig: an emulated rig that drives the model of a panel pin by pin, as `kesu rig measure` needs it.

Bits are taken at rises of CLK; the panel drives SDA after falls, once a read command has turned the line round (SSD1680
data sheet, section 4.2).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import numpy as np
from kesu.emulator.panel.panels import module
from kesu.spec.rig import LINES, SENSES
from kesu_dev.rig.headers import CLOCK_KHZ
from kesu_dev.together.rig_chip import RigChip
from rp2040py.gpio_pin import GPIOPinState

STEP_NS = 1_000_000
BOOT_MS, ENUMERATED_MS = 5, 1_000
DARK_V, LIGHT_V = 0.15, 2.9
"""What the modelled amplifier gives without light, and for all of the lamp's light: any values but 0 and 3.3 V."""
REFERENCE_V, CODES = 3.3, 4096
RADIUS = 12
"""Of the spot that the photodiode sees, in pixels."""
DRIVEN = (GPIOPinState.LOW, GPIOPinState.HIGH)


class PanelOnRig:
    """rig: its UF2. film: of the panel. It is a port for kesu_dev.rig.link; time passes while one waits for bytes."""

    def __init__(self, rig: Path, film: str) -> None:
        self.chip = RigChip(rig, clk_sys_hz=CLOCK_KHZ * 1_000)
        fitted = module(film, self.chip.clock, 25.0, 1)
        self.panel, self.glass = fitted.panel, fitted.glass
        self._pins = {
            name: self.chip.mcu.gpio[line.rig] for name, line in LINES.items() if name.startswith("PANEL")
        }
        self._bits = self._count = self._out = 0
        self.bytes_read = 0
        setters = {
            "CS": self.panel.set_cs,
            "DC": self._data_line,
            "RST": self.panel.set_rst,
            "CLK": self._clock,
        }
        for name, setter in setters.items():
            self._pins[f"PANEL_{name}"].add_listener(
                lambda value, _last, setter=setter: (
                    setter(value == GPIOPinState.HIGH) if value in DRIVEN else None
                )
            )
        self.panel.on_busy = self._busy
        self.chip.power_on()
        self.run(BOOT_MS)
        self.chip.host.attach()
        for _ in range(ENUMERATED_MS):
            if self.chip.host.enumerated:
                break
            self.run(1)
        self.chip.host.set_dtr(True)
        self.run(BOOT_MS)

    def _busy(self, level: bool) -> None:
        self._pins["PANEL_BUSY"].set_input_value(level)
        if not level:
            self._see()

    def spot(self) -> float:
        """Reflectance of what the photodiode sees, 0 to 1."""
        tones = self.glass.reflectance
        rows, columns = np.ogrid[: tones.shape[0], : tones.shape[1]]
        inside = (rows - tones.shape[0] // 3) ** 2 + (columns - tones.shape[1] // 4) ** 2 <= RADIUS**2
        return float(tones[inside].mean())

    def _see(self) -> None:
        """A photodiode's current follows the light, so its voltage follows the reflectance and not the lightness that
        the eye sees."""
        volts = DARK_V + (LIGHT_V - DARK_V) * self.spot()
        self.chip.mcu.adc.channel_values[SENSES["CURRENT"].channel] = int(volts / REFERENCE_V * CODES)

    def run(self, ms: int) -> None:
        """Let time pass."""
        end = self.chip.clock.now_ns + ms * STEP_NS
        while self.chip.clock.now_ns < end:
            self.chip.emulator.run_part(end)

    # The port

    def write(self, data: bytes) -> None:
        """Send."""
        self.chip.host.write(data)

    def read(self, seconds: float) -> bytes:
        """What came."""
        received = self.chip.host.received
        for _ in range(round(seconds * 1_000)):
            if received:
                break
            self.run(1)
        data = bytes(received)
        received.clear()
        return data

    def close(self) -> None:
        """Nothing to close."""

    # The wires

    @property
    def _turned(self) -> bool:
        """Whether the rig has let the data line go."""
        return self._pins["PANEL_MOSI"].value not in DRIVEN

    def _data_line(self, level: bool) -> None:
        self.panel.set_dc(level)
        self._bits = self._count = 0
        if level and self._turned:
            self._next_out()

    def _next_out(self) -> None:
        if not self._count:
            self._out = self.panel.transfer(0)
            self.bytes_read += 1
        self._pins["PANEL_MOSI"].set_input_value(bool(self._out >> (7 - self._count) & 1))

    def _clock(self, level: bool) -> None:
        if self._turned:
            if level:
                self._count = (self._count + 1) % 8
            else:
                self._next_out()
            return
        if not level or self._pins["PANEL_CS"].value != GPIOPinState.LOW:
            return
        self._bits = self._bits << 1 | (self._pins["PANEL_MOSI"].value == GPIOPinState.HIGH)
        self._count += 1
        if self._count == 8:
            self.panel.transfer(self._bits & 0xFF)
            self._bits = self._count = 0
