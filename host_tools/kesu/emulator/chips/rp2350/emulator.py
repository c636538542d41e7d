"""emulator: the RP2350 in emulated time: core, blocks, boot ROM and resets."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

from kesu.emulator.chips.rp2040 import timer_alarms
from kesu.emulator.chips.rp2350 import facts, registers
from kesu.emulator.chips.rp2350.m33 import M33
from kesu.emulator.chips.rp2350.mcu import Mcu
from kesu.emulator.chips.rp2350.rom import Rom
from kesu.emulator.core.emulator import Emulator
from kesu.emulator.core.facts import FLASH_BASE

_SPI1, _USB = 0x40088, 0x50110
_SURVIVE_WATCHDOG = (0x4004_8000, 0x400D_8000, 0x400E_0000, 0x400E_8000, 0x4010_0000)
"""XOSC, watchdog, BOOTRAM, ROSC, POWMAN: kept in any case, the worse case for a leak."""


class Rp2350(Emulator):
    """One RP2350 that runs its Arm core 0 in Secure state; core 1 stays in its boot ROM, as our images leave it."""

    facts = facts.RP2350

    def __init__(self, seed: int = 1) -> None:
        self.mcu: Mcu = Mcu()
        self.rom = Rom()
        self.m33 = M33(self.mcu, self.mcu.read, self.mcu.write, self.rom.call)
        self.mcu.attach(self.m33, seed)
        self.file = self.mcu.file
        self.rom.install(self.m33)
        super().__init__(self.mcu)
        self.thumb = self.m33
        timer_alarms.make_exact(self.mcu.timer)
        self._reset_wanted = False
        self.m33.after = self._after_access
        self.m33.on_locked = self._stop_for_good
        self.m33.on_reset_request = self._watchdog_fired

    @property
    def rom_used(self) -> list[str]:
        return [*self.rom.lookups, *self.rom.calls]

    def replace(self, name: str, block: Any) -> None:
        if name == "spi1":
            self.mcu.spi[1] = self.mcu.blocks[_SPI1] = block
        else:
            self.mcu.usb_ctrl = self.mcu.blocks[_USB] = block

    def _reseed(self, seed: int) -> None:
        self.mcu.trng.seed(seed)

    def register_name(self, address: int) -> str:
        if address >> 28 == 0xD:
            return f"SIO+0x{address & 0xFFFF:x}"
        block = self.mcu._block(address)
        kind = ("", " (XOR)", " (SET)", " (CLR)")[address >> 12 & 3] if block else ""
        return f"{block.name if block else 'address'}+0x{address & 0xFFF:x}{kind}"

    def registers(self) -> dict[str, bytes]:
        return registers.volatile(self.mcu) | {"xip": self.mcu.xip.cache()}

    def machine(self) -> dict[str, bytes]:
        return registers.machine(self.mcu)

    def cache_is_ram(self) -> bool:
        return self.mcu.xip.pinned()

    def _execute(self, deadline_ns: int) -> None:
        stop = self.clock.after(max(0, deadline_ns - self.clock.now_ns), self._stop)
        self.m33.stopped = False
        try:
            self.m33.run()
        finally:
            stop.cancel()

    def _stop(self) -> None:
        self.m33.stopped = True

    def _idle(self, step_ns: float) -> None:
        super()._idle(step_ns)
        self.m33.synchronise()

    def _reset_chip(self, cause: str) -> None:
        # POWMAN and boot RAM are in the always-on domain; whether RUN keeps their content is not published, so it is
        # cleared as at power-on: nothing of a note may be in them before a reset, either (R4).
        self.file.reset(lambda register: False)
        self.mcu.reset_blocks(())
        self.mcu.watchdog.reset()
        self._start(cause)

    def _watchdog_fired(self) -> None:
        if self.m33.inside:  # by a register write: first let the instruction end
            self._reset_wanted = True
            return
        # Scratch registers and REASON survive (RP2350 datasheet 12.9); so do POWMAN, boot RAM and SRAM.
        self.watchdog_resets += 1
        self.file.reset(lambda register: register & ~0x7FFF in _SURVIVE_WATCHDOG)
        self.mcu.reset_blocks((self.mcu.powman, self.mcu.bootram))
        self._start("watchdog")

    def _start(self, cause: str) -> None:
        self._stop_watchdog()
        self.mcu.powman.kept[self.mcu.powman.CHIP_RESET] = self.mcu.powman.CAUSES[cause]
        self.m33.reset(FLASH_BASE)
        self._tell_reset()

    def _after_access(self) -> None:
        if self._reset_wanted:
            self._reset_wanted = False
            self._watchdog_fired()
