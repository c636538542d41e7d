"""rig_chip: the second Pico: an RP2040 with the rig's program and a PC at its USB."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile
from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.power import SupplyNoise
from kesu.emulator.chips.rp2040.emulator import Rp2040
from kesu.emulator.chips.rp2040.i2c_target import I2cTarget
from kesu.emulator.chips.rp2040.lent_dma import LentDma
from kesu.emulator.core.facts import FLASH, SRAM_BASE
from kesu.emulator.core.memory_map import MemoryMap
from kesu.emulator.uf2 import read_uf2
from kesu.emulator.usb.controller import UsbController
from kesu.emulator.usb.host import UsbHost
from rp2040py.peripherals.i2c import RPI2C

_I2C0, _DMA = 0x4004_4000 >> 12, 0x5000_0000 >> 12
_VTOR = 0xD08


class RigChip:
    """The rig. image: a UF2 for the RP2040, or an ELF, which may also be linked for SRAM: it then starts from the
    vector table at its lowest address. clk_sys_hz: the system clock that the program sets, see `Rp2040`.

    host: the PC at its USB, see `kesu.emulator.usb.host.UsbHost`. i2c: I2C0.
    """

    def __init__(self, image: Path, *, clk_sys_hz: int = 125_000_000, seed: int = 2) -> None:
        self.emulator = Rp2040(seed, clk_sys_hz)
        if self.emulator.thumb is None:
            raise KesuError(
                "The rig's chip cannot be emulated without the core in C.",
                hint="Install a C compiler.",
                code=Exit.UNAVAILABLE,
            )
        self.mcu: Any = self.emulator.mcu
        self.clock = self.emulator.clock
        old: RPI2C = self.mcu.i2c[0]
        self.i2c = I2cTarget(self.mcu, old.name, old.irq)
        self.mcu.i2c[0] = self.mcu.peripherals[_I2C0] = self.i2c
        self.mcu.dma = self.mcu.peripherals[_DMA] = LentDma(self.mcu, "DMA")
        controller = UsbController(self.mcu, "USB")
        self.emulator.replace("usb", controller)
        self.host = UsbHost(controller, self.clock)
        self.emulator.on_reset.append(self.host.device_vanished)
        self._image = image
        self._start: int | None = None
        SupplyNoise(seed).fill(self.mcu.sram)
        if image.suffix == ".elf":
            self._load_elf(image)
        else:
            self.emulator.load_flash(read_uf2(image).segments)
        beside = image.with_suffix(".elf")
        self.memory_map = MemoryMap(beside, self.emulator.facts) if beside.exists() else None

    def power_on(self) -> None:
        """Start from the reset vector."""
        self.emulator.cold_start()
        if self._start is not None:
            stack, entry = (self.mcu.read_uint32(self._start + at) for at in (0, 4))
            self.mcu.core.registers[13], self.mcu.core.registers[15] = stack, entry & ~1
            self.mcu.ppb.write_uint32(_VTOR, self._start)

    @property
    def asleep(self) -> bool:
        """Whether the core waits for an interrupt or event."""
        return bool(self.mcu.core.waiting) or not self.emulator.powered

    def read(self, symbol: str) -> bytes:
        """What a symbol of the program has in SRAM now. Raises ValueError without an ELF beside the image."""
        if self.memory_map is None:
            raise ValueError("the folder of the rig's image has no ELF")
        return self.memory_map.read_symbol(symbol, self.mcu.sram)

    def word(self, symbol: str) -> int:
        """A variable of 32 bits."""
        return int.from_bytes(self.read(symbol)[:4], "little")

    def write(self, symbol: str, data: bytes, offset: int = 0) -> None:
        """Set bytes of a variable of the program."""
        if self.memory_map is None:
            raise ValueError("the folder of the rig's image has no ELF")
        start = self.memory_map.symbol(symbol).address - SRAM_BASE + offset
        self.mcu.sram[start : start + len(data)] = data

    def _load_elf(self, path: Path) -> None:
        lowest = None
        with path.open("rb") as stream:
            for segment in ELFFile(stream).iter_segments("PT_LOAD"):
                address, data = int(segment["p_paddr"]), segment.data()
                if not data:
                    continue
                lowest = address if lowest is None else min(lowest, address)
                if address in FLASH:
                    self.emulator.load_flash([(address, data)])
                else:
                    self.mcu.sram[address - SRAM_BASE :][: len(data)] = data
        if lowest is not None and lowest not in FLASH:
            self._start = lowest
