"""ssd16xx_refresh: BUSY and waveforms of an SSD16xx: how the planes reach the glass."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from kesu.emulator.core.clock import NS_PER_MS, Alarm, Clock
from kesu.emulator.panel.contrast import Mask
from kesu.emulator.panel.glass import Glass, unpack_frame
from kesu.emulator.panel.otp import Film, Name
from kesu.emulator.panel.ssd16xx_ram import Ram
from kesu.emulator.panel.ssd16xx_update import Chip, Plan, Supply, plan
from kesu.emulator.panel.ssd16xx_waveform import Step

Pixel = TypeVar("Pixel", bound=np.generic)


class Mount(Protocol):
    """Maps the RAM picture (gates, sources) and the value of 21h to the picture on the glass (height,
    width)."""

    def __call__(self, picture: NDArray[Pixel], option: bytes, /) -> NDArray[Pixel]: ...


Decoded = Callable[[bytes, bool], tuple[Step, ...] | None]
"""Steps of a register LUT, with its rows in the other order on demand; None for an unknown frame rate."""


@dataclass(frozen=True)
class Refresh:
    """One master activation (20h). `waveform` is None when the glass was not driven; `reason` says why."""

    start_ns: int
    end_ns: int
    control: int
    waveform: Name | None
    reason: str
    aborted: bool = False

    @property
    def duration_ms(self) -> float:
        """How long BUSY was high."""
        return (self.end_ns - self.start_ns) / NS_PER_MS


class Refresher:
    """The BUSY line, the supplies, and the effect of a master activation on the film. Owned by the controller
    model."""

    def __init__(
        self, clock: Clock, glass: Glass, ram: Ram, film: Film, mount: Mount, decoded: Decoded
    ) -> None:
        self.busy = False
        self.swaps_planes = False
        self.chip = Chip()
        self.on_busy: Callable[[bool], None] | None = None
        self.supply = Supply()
        self.refreshes: list[Refresh] = []
        self._clock = clock
        self._glass = glass
        glass.now_ns = lambda: clock.now_ns
        glass.usual_vcom_v = film.vcom_v
        self._ram = ram
        self._film = film
        self._mount = mount
        self._decoded = decoded
        self._alarms: list[Alarm] = []
        self._running: Plan | None = None

    def set_busy(self, busy: bool) -> None:
        """Set BUSY to a level and cancel any pending change of it."""
        for alarm in self._alarms:
            alarm.cancel()
        self._alarms = []
        if busy != self.busy:
            self.busy = busy
            if self.on_busy is not None:
                self.on_busy(busy)

    def busy_for(self, duration_ns: int) -> None:
        """Raise BUSY for `duration_ns`; no effect during an activation, which controls BUSY."""
        if self._running is None:
            self.set_busy(True)
            self._alarms = [self._clock.after(duration_ns, lambda: self.set_busy(False))]

    def activate(self, registers: Mapping[int, bytes], temperature_c: float) -> None:
        """Start the sequence selected by 22h, with the present planes."""
        control = registers[0x22][0]
        # 18h = 80h reads the internal sensor; 48h an external one on the chip's I2C pins, which this module
        # does not have. The data sheets give 48h after a reset, but Waveshare's and Adafruit's drivers never
        # write 18h and their modules show a picture for the sensed temperature (F7h): so these come up with
        # 80h.
        sensor_c = round(temperature_c) if registers[0x18][0] == 0x80 else None
        custom = (
            self._decoded(registers[0x32], self.chip.reverses_rows) if self.supply.lut == "custom" else None
        )
        work = plan(control, self.supply, sensor_c, self._film, custom, self.chip)
        now = self._clock.now_ns
        total_ns = work.before_ns + work.drive_ns + work.after_ns
        self._running = work
        self.supply = work.supply
        self.refreshes.append(Refresh(now, now + total_ns, control, work.waveform, work.reason))
        self.set_busy(True)
        # RAM ping-pong (37h F[6], mode 2 only): the new picture becomes the old one of the next refresh.
        ping_pong = work.waveform is not None and work.mode_2 and bool(registers[0x37][5] & 0x40)
        next_old = bytes(self._ram.bw) if ping_pong else None
        swaps = self.swaps_planes and work.waveform is not None and work.mode_2
        if work.waveform is not None:
            option, scan = registers[0x21], registers[0x01]
            rows = self._rows(work, option[0])
            self._alarms = [
                self._clock.after(work.before_ns, lambda: self._drive(work, rows, scan, option)),
                self._clock.after(work.before_ns + work.drive_ns, self._glass.finish),
            ]
        self._alarms.append(self._clock.after(total_ns, lambda: self._complete(next_old, swaps)))

    def break_off(self) -> None:
        """Abort a running activation; every pixel keeps its present tone."""
        if self._running is not None:
            self._running = None
            self._glass.stop()
            self.set_busy(False)
            self.refreshes[-1] = replace(self.refreshes[-1], end_ns=self._clock.now_ns, aborted=True)

    def lose_supply(self, powered: bool) -> None:
        """Rails and registers as after power on. powered: the variant that keeps the waveform of 32h may do so."""
        kept = self.supply if powered and self.chip.keeps_lut else None
        self.supply = Supply()
        if kept is not None:
            self.supply.lut, self.supply.stored, self.supply.rails = kept.lut, kept.stored, kept.rails

    def _planes(self, option: int) -> tuple[Mask, Mask]:
        """(new, old) planes after the options of 21h: in each nibble, 4 reads as 0 and 8 inverts."""
        width, height = self._ram.width, self._ram.height
        shown = []
        for plane, nibble in ((self._ram.bw, option & 0x0F), (self._ram.red, option >> 4)):
            bits = np.zeros((height, width), np.bool_) if nibble & 4 else unpack_frame(plane, width, height)
            shown.append(~bits if nibble & 8 else bits)
        return shown[0], shown[1]

    def _rows(self, work: Plan, option: int) -> NDArray[np.uint8]:
        """Which row of the waveform drives each pixel of the RAM: 2 * old + new, (gates, sources)."""
        new, old = self._planes(option)
        if work.waveform in ("full", "fast"):
            # Mode 1 must not see RED, or RED must be the same image: otherwise the two superimpose
            # (hardware-facts A.6-4). A waveform in the registers has a row for each pair instead.
            shown = new if option & 0x40 else new & old
            new, old = shown, shown
        return 2 * old.astype(np.uint8) + new.astype(np.uint8)

    def _drive(self, work: Plan, rows: NDArray[np.uint8], scan: bytes, option: bytes) -> None:
        gates = (scan[0] | (scan[1] & 1) << 8) + 1
        driven: Mask | None = None
        if gates < rows.shape[0]:
            driven = np.zeros(rows.shape, np.bool_)
            driven[:gates] = True
        if scan[2] & 1:
            rows = rows[::-1]
            driven = None if driven is None else driven[::-1]
        shown = self._mount(rows, option)
        self._glass.start(
            work.steps, work.supply.rails, shown, None if driven is None else self._mount(driven, option)
        )

    def _complete(self, next_old: bytes | None, swaps: bool) -> None:
        self._running = None
        if swaps:
            self._ram.bw[:], self._ram.red[:] = bytes(self._ram.red), bytes(self._ram.bw)
        if next_old is not None:
            self._ram.red[:] = next_old
        self.set_busy(False)
