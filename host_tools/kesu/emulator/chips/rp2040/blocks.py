"""blocks: every block of the RP2040's address map, with its register file: also those that rp2040py does not have."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

from rp2040py.peripherals.peripheral import BasePeripheral, UnimplementedPeripheral
from rp2040py.sio import RPSIO

from kesu.emulator.core.register_file import RegisterFile, file_of, take_log

_SIO = 0xD000_0000
_PLLS = {0x40028: "PLL_SYS_BASE", 0x4002C: "PLL_USB_BASE"}
_OF_BLOCKS = (
    range(0x14000, 0x20000),
    range(0x21000, 0x22000),
    range(0x40000, 0x60000),
    range(0xE0000, 0xE0100),
)
"""XIP control, cache as memory, SSI; SRAM without striping; APB and AHB; the private bus of the core (2.2)."""
_NOT_BLOCKS = (0x50100, 0xE000C)
"""USB RAM, and the system control space, which have models of their own."""
SURVIVE_WATCHDOG = (0x4002_4000, 0x4005_8000, 0x4006_0000, 0x4006_4000)
"""XOSC, watchdog, ROSC, VREG_AND_CHIP_RESET: not among what pico-sdk's watchdog_enable() selects (RP2040 datasheet
2.13.5), or of the always-on domain. Kept in any case: the worse case for a leak."""


def survives_watchdog(register: int) -> bool:
    """Whether a register keeps its value through a reset by the watchdog."""
    return register & 0xFFFF_C000 in SURVIVE_WATCHDOG


class Pll(BasePeripheral):
    """A PLL, which rp2040py does not have (RP2040 datasheet 2.18.4): keeps what is written, and is locked at once."""

    _CS, _PWR, _FBDIV_INT, _PRIM = range(0x00, 0x10, 4)
    _LOCK = 1 << 31

    def __init__(self, mcu: Any, name: str) -> None:
        super().__init__(mcu, name)
        self.reset()

    def reset(self) -> None:
        self._words = {self._CS: 1, self._PWR: 0x2D, self._FBDIV_INT: 0, self._PRIM: 0x77000}

    def read_uint32(self, offset: int) -> int:
        if offset not in self._words:
            return super().read_uint32(offset)
        return self._words[offset] | (self._LOCK if offset == self._CS else 0)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset in self._words:
            self._words[offset] = value & 0xFFFF_FFFF


class Block:
    """A block on the bus: its model, and the register file beside it."""

    def __init__(self, base: int, model: Any, file: RegisterFile) -> None:
        self.model = model
        self._base = base
        self._file = file

    def __getattr__(self, name: str) -> Any:
        if name == "model":  # not yet there
            raise AttributeError(name)
        return getattr(self.model, name)

    def read_uint32(self, offset: int) -> int:
        """A word, as the bus asks for it: the alias bits are part of the offset."""
        return self._file.read(self._base + (offset & 0xFFF), lambda: self.model.read_uint32(offset))

    def write_uint32_atomic(self, offset: int, value: int, atomic_type: int) -> None:
        """A word, or an XOR, SET or CLEAR of it."""
        self._file.wrote(self._base + offset, value, atomic_type)
        self.model.write_uint32_atomic(offset, value, atomic_type)


class Blocks(dict[int, Any]):
    """rp2040py's table of blocks by address >> 12. One that it does not have is made when it is used first."""

    def __init__(self, mcu: Any, file: RegisterFile) -> None:
        super().__init__()
        self._mcu = mcu
        self._file = file
        for page, model in mcu.peripherals.items():
            self[page] = Pll(mcu, _PLLS[page]) if page in _PLLS else model

    def __setitem__(self, page: int, model: Any) -> None:
        super().__setitem__(page, Block(page << 12, model, self._file))

    def get(self, page: int, default: Any = None) -> Any:
        if page not in self and page not in _NOT_BLOCKS and any(page in pages for pages in _OF_BLOCKS):
            self[page] = UnimplementedPeripheral(self._mcu, f"0x{page << 12:08x}")
        return super().get(page, default)


class Sio(RPSIO):
    """SIO with its register file."""

    def read_uint32(self, offset: int) -> int:
        return file_of(self.rp2040).read(_SIO + offset, lambda: int(RPSIO.read_uint32(self, offset)))

    def write_uint32(self, offset: int, value: int) -> None:
        file_of(self.rp2040).wrote(_SIO + offset, value)
        super().write_uint32(offset, value)


def attach(mcu: Any) -> RegisterFile:
    """Put a register file beside every block of the chip."""
    mcu.file = RegisterFile(take_log(mcu))
    mcu.peripherals = Blocks(mcu, mcu.file)
    mcu.sio = Sio(mcu)
    return file_of(mcu)
