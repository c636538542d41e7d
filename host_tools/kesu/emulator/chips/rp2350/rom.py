"""rom: a boot ROM of our own: the functions that our images look up; any other ends the run.

RP2350 datasheet 5.4: the halfword at 0x16 is the table lookup, called with a two-letter code and flags. Each function
has an address; a core that gets there leaves to `Rom.call`. The real ROM's times are not modelled.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from collections.abc import Callable

from kesu.common.errors import Exit
from kesu.emulator.chips.rp2350.facts import FLASH_BYTES
from kesu.emulator.chips.rp2350.m33 import M33, State
from kesu.emulator.core.facts import SRAM_BASE
from kesu.emulator.core.stopped import PadStopped

_MAGIC = b"Mu\x02\x02"
_LOOKUP = 0x200
_STEP = 8
CALL_CYCLES = 50
"""An estimate for a call."""
CHIP_ID = (0, 0x1234_5678, 0x9ABC_DEF0)
"""Package and the two words of the device ID of the emulated chip."""
_SYS_CHIP_INFO, _SYS_BOOT_INFO = 0x01, 0x40
_STOPPED = "The emulated boot ROM of the Pico 2 has no"


class Rom:
    """The functions of one chip's ROM. lookups, calls: codes that were looked up and called, in
    order."""

    def __init__(self) -> None:
        self.m33: M33 | None = None
        self.lookups: list[str] = []
        self.calls: list[str] = []
        self._functions: dict[str, Callable[[State], int]] = {
            "SR": self._nothing,  # bootrom_state_reset: no state is kept
            "GS": self._system_info,
            "IF": self._nothing,
            "EX": self._nothing,
            "FC": self._nothing,
            "CX": self._nothing,
            "RE": self._erase,
            "RP": self._program,
        }
        self._addresses = {code: _LOOKUP + _STEP * (at + 1) for at, code in enumerate(self._functions)}

    def install(self, m33: M33) -> None:
        """Write what an image reads: the magic word with the version, and the address of the lookup."""
        self.m33 = m33
        m33.rom[0x10 : 0x10 + len(_MAGIC)] = _MAGIC
        struct.pack_into("<H", m33.rom, 0x16, _LOOKUP | 1)

    def call(self, state: State) -> int:
        """Do the function at the program counter, and return to its caller. Returns the cycles taken."""
        address = state.r[15]
        if address == _LOOKUP:
            state.r[0] = self._lookup(state.r[0], state.r[1])
        else:
            code = next((code for code, at in self._addresses.items() if at == address), None)
            if code is None:
                raise _missing(f"code at 0x{address:08x}, which the image called")
            self.calls.append(code)
            state.r[0] = self._functions[code](state) & 0xFFFF_FFFF
        state.r[15], state.thumb = state.r[14] & ~1, state.r[14] & 1
        return CALL_CYCLES

    def _lookup(self, code: int, flags: int) -> int:
        name = bytes((code & 0xFF, code >> 8 & 0xFF)).decode("latin-1")
        self.lookups.append(name)
        if name == "FD":
            return 0  # data: no flash device information
        if name not in self._functions:
            raise _missing(f"'{name}' (flags 0x{flags:x}), which the image looked up")
        return self._addresses[name] | 1

    def _nothing(self, state: State) -> int:
        return 0

    def _system_info(self, state: State) -> int:
        """get_sys_info(out, words, flags): the flags that are answered, then their words. Returns how many."""
        out, size, flags = state.r[0], state.r[1], state.r[2]
        known = flags & (_SYS_CHIP_INFO | _SYS_BOOT_INFO)
        if known != flags:
            raise _missing(f"system information 0x{flags:x}")
        answer = [
            known,
            *(CHIP_ID if flags & _SYS_CHIP_INFO else ()),
            *([0] * 4 if flags & _SYS_BOOT_INFO else ()),
        ]
        if len(answer) > size:
            return -1
        assert self.m33 is not None
        struct.pack_into(f"<{len(answer)}I", self.m33.sram, out - SRAM_BASE, *answer)
        return len(answer)

    def _erase(self, state: State) -> int:
        """flash_range_erase(offset, bytes, ...)."""
        assert self.m33 is not None
        offset, size = state.r[0] % FLASH_BYTES, state.r[1]
        self.m33.flash[offset : offset + size] = b"\xff" * size
        return 0

    def _program(self, state: State) -> int:
        """flash_range_program(offset, data, bytes): bits only fall."""
        assert self.m33 is not None
        offset, source, size = state.r[0] % FLASH_BYTES, state.r[1], state.r[2]
        memory = self.m33.sram if source >> 28 == 2 else self.m33.flash
        start = source - SRAM_BASE if source >> 28 == 2 else source % FLASH_BYTES
        old = self.m33.flash[offset : offset + size]
        new = bytes(one & other for one, other in zip(old, memory[start : start + size], strict=True))
        self.m33.flash[offset : offset + size] = new
        return 0


def _missing(what: str) -> PadStopped:
    return PadStopped(
        f"{_STOPPED} {what}.", hint="See docs/benches.md for what it has.", code=Exit.UNAVAILABLE
    )
