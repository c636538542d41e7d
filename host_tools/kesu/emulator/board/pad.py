"""pad: the virtual pad: the UF2 that is flashed, running with its panel, touch chip and host."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kesu.emulator.board.power import ResetKind, SupplyNoise
from kesu.emulator.board.wiring import Wiring
from kesu.emulator.chips.select import build
from kesu.emulator.core import snapshot as snapshots
from kesu.emulator.core.clock import NS_PER_MS, Alarm
from kesu.emulator.core.facts import SRAM_BASE
from kesu.emulator.core.memory_map import MemoryMap
from kesu.emulator.panel.panels import module, panel_of
from kesu.emulator.panel.ssd16xx import Ssd16xx
from kesu.emulator.touch.pen import Pen
from kesu.emulator.uf2 import read_uf2
from kesu.emulator.usb.host import UsbHost

_OWNER_STRUCT = "<III"  # kesu_owner_table: address, length, kind


class EmulationTimeout(AssertionError):
    """`run_until` timed out; the message names the condition and the time."""


@dataclass(frozen=True)
class Owner:
    """One buffer the firmware registered as able to hold a note."""

    kind: int
    address: int
    length: int


class VirtualPad:
    """One virtual pad. Build it, `power_on()`, let time pass with `run_for` or `run_until`.

    Raises KesuError for an image that is not a whole UF2 for a chip of `kesu.emulator.chips`. With `elf` (default:
    the file of the same name in the folder of the UF2, when there is one) addresses get names. Everything random
    (bounce, SRAM noise, panel noise) comes from `seed`: the same calls at the same times give the same bytes.
    `panel` is one of kesu.spec.panels.FILMS (default: the panel in the image's manifest).
    """

    def __init__(
        self,
        uf2: Path,
        *,
        elf: Path | None = None,
        seed: int = 1,
        temperature_c: float = 25.0,
        panel: str | None = None,
    ) -> None:
        image = read_uf2(uf2)
        beside = uf2.with_suffix(".elf")
        self._elf = elf if elf is not None else (beside if beside.exists() else None)
        self._memory_map: MemoryMap | None = None
        self.emulator = build(image.family, seed)
        self.emulator.load_flash(image.segments)
        self.clock = self.emulator.clock
        self.fitted = panel or panel_of(uf2)
        fitted = module(self.fitted, self.clock, temperature_c, seed)
        self.glass = fitted.glass
        self.panel: Ssd16xx = fitted.panel
        self.touch = fitted.touch
        self.pen = Pen(self.touch, self.clock)
        self.left_handed = False  # for the notes that a run writes
        self.wiring = Wiring(self.emulator, self.panel, self.touch, seed)
        self.keys = self.wiring.keys
        self.hook = self.wiring.hook
        self.host = UsbHost(self.wiring.usb, self.clock)
        self.emulator.on_reset.append(self.host.device_vanished)
        self._noise = SupplyNoise(seed)
        self.watchers: dict[type, Any] = {}
        """What watches this pad, by its class; copies of the pad have it, too."""
        self._power_alarm: Alarm | None = None

    # Time ------------------------------------------------------------------------------------------

    @property
    def now_ms(self) -> float:
        """Emulated milliseconds since the pad was built; also counts without power."""
        return self.clock.now_ns / NS_PER_MS

    def run_for(self, ms: float) -> None:
        """Let `ms` of emulated time pass."""
        self._run_to(self.clock.now_ns + round(ms * NS_PER_MS))

    def _run_to(self, moment_ns: int) -> None:
        self.emulator.run_until_ns(moment_ns)
        # Deliver every byte that has ended to the panel, also from a queue that was lent to the core in C.
        self.wiring.spi.settle()

    def run_until(self, condition: Callable[[], bool], timeout_ms: float, step_ms: float = 1.0) -> float:
        """Run until `condition()` holds, polling every `step_ms`; returns now_ms, raises EmulationTimeout."""
        start = self.clock.now_ns
        deadline = start + round(timeout_ms * NS_PER_MS)
        step = max(1, round(step_ms * NS_PER_MS))
        moment = start
        while not condition():
            if moment >= deadline:
                name = getattr(condition, "__qualname__", "condition").replace(".<locals>", "")
                raise EmulationTimeout(
                    f"{name} did not hold within {timeout_ms:g} ms (from {start / NS_PER_MS:.1f} ms emulated)"
                )
            moment = min(moment + step, deadline)
            self._run_to(moment)
        return self.now_ms

    def at(self, delay_ms: float, action: Callable[[], None]) -> Alarm:
        """Run `action` exactly `delay_ms` from now, between two instructions."""
        return self.clock.after(round(delay_ms * NS_PER_MS), action)

    # Power and resets ------------------------------------------------------------------------------

    @property
    def powered(self) -> bool:
        return self.emulator.powered

    def power_on(self) -> None:
        """Plug in: VBUS rises, SRAM and USB RAM hold noise, the chip starts from its reset vector."""
        if self._power_alarm is not None:
            self._power_alarm.cancel()
            self._power_alarm = None
        if self.powered:
            self._power_off()
        self.wiring.set_vbus(True)
        self._noise.fill(self.sram)
        self._noise.fill(self.dpram)
        self.emulator.cold_start()

    def reset(self, kind: ResetKind) -> None:
        """Reset the chip by its RUN pin or its watchdog; the host re-enumerates. SRAM keeps its content, except through
        a RUN of a chip that does not keep it (`facts.keeps_sram`)."""
        if not self.powered:
            raise ValueError("the pad has no power: power_on() first")
        if kind == "run":
            if not self.emulator.facts.keeps_sram:
                self._noise.fill(self.sram)
            self.emulator.run_pin_reset()
        else:
            self.emulator.watchdog_reset()

    def unplug(self, hold_up_s: float = 0.0) -> None:
        """Pull the cable: VBUS and the host are lost now, power after `hold_up_s` (returns at once; let the time
        pass with run_for). Without hold-up the pad has no power when this returns. Flash and glass keep their
        content."""
        self.wiring.set_vbus(False)
        self.host.detach()
        if hold_up_s <= 0:
            self._power_off()
        else:
            self._power_alarm = self.clock.after(round(hold_up_s * 1000 * NS_PER_MS), self._power_off)

    def replug(self) -> None:
        """Plug the cable back in during the hold-up. Raises ValueError if the pad has lost power already."""
        if not self.powered:
            raise ValueError("the pad has no power: power_on() instead")
        if self._power_alarm is not None:
            self._power_alarm.cancel()
            self._power_alarm = None
        self.wiring.set_vbus(True)
        self.host.attach()

    def _power_off(self) -> None:
        self._power_alarm = None
        self.emulator.power_off()
        self.panel.power_loss()
        self.touch.power_loss()
        self._noise.fill(self.sram)
        self._noise.fill(self.dpram)

    def perturb(self, seed: int) -> None:
        """Change what nothing may depend on: registers without a model, random numbers, what memories hold at
        power-on. Two pads that are perturbed differently must behave the same. seed: not 0."""
        self.emulator.perturb(seed)
        self._noise = SupplyNoise(seed)

    # What can be seen ------------------------------------------------------------------------------

    @property
    def sram(self) -> memoryview:
        """All of SRAM from 0x2000_0000, live: 264 KiB of an RP2040, 520 of an RP2350."""
        return self.emulator.mcu.sram  # type: ignore[no-any-return]  # rp2040py has no types

    @property
    def flash(self) -> memoryview:
        """What the emulator has from 0x1000_0000, live; the board has the first `facts.flash_bytes`."""
        return self.emulator.mcu.flash  # type: ignore[no-any-return]  # rp2040py has no types

    @property
    def dpram(self) -> memoryview:
        """4 KiB of USB RAM from 0x5010_0000, live."""
        return self.emulator.mcu.usb_dpram  # type: ignore[no-any-return]  # rp2040py has no types

    @property
    def vbus(self) -> bool:
        """Level of the VBUS sense pin."""
        return self.wiring.vbus

    @property
    def led(self) -> bool:
        """True while the firmware drives the LED on."""
        return self.wiring.led

    @property
    def elf(self) -> Path:
        """The ELF with the names; raises ValueError if the pad was built without one."""
        if self._elf is None:
            raise ValueError("the folder of the UF2 has no ELF: pass elf= to VirtualPad")
        return self._elf

    @property
    def memory_map(self) -> MemoryMap:
        """Names for addresses; raises ValueError if the pad was built without an ELF."""
        if self._memory_map is None:
            self._memory_map = MemoryMap(self.elf, self.emulator.facts)
        return self._memory_map

    def owners(self) -> list[Owner]:
        """The firmware's own list of buffers that may hold a note, read from its RAM."""
        (count,) = struct.unpack_from("<I", self.memory_map.read_symbol("kesu_owner_count", self.sram))
        start = self.memory_map.symbol("kesu_owner_table").address - SRAM_BASE
        size = struct.calcsize(_OWNER_STRUCT)
        rows = (struct.unpack_from(_OWNER_STRUCT, self.sram, start + index * size) for index in range(count))
        return [Owner(kind, address, length) for address, length, kind in rows]

    def snapshot(self, flash_too: bool = True) -> snapshots.Snapshot:
        """Copy the whole state now; `flash_too` False: without the flash, for comparisons that are made often."""
        return snapshots.take(self, flash_too)
