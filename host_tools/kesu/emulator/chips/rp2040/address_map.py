"""address_map: what an address of the RP2040 belongs to, as far as the core must know it (datasheet 2.2).

An access to an address that belongs to nothing is a bus error, and that is a HardFault (ARMv6-M ARM B1.5.14).
memory.c has the same table.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

_SRAM_BYTES = 0x4_2000
_ROM_BYTES = 0x4000
_WHOLE = frozenset((0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x18, 0x21))
"""XIP and its three aliases, XIP control, the cache as memory, SSI, SRAM banks without striping."""
_UP_TO = {0x00: _ROM_BYTES, 0x20: 0x2000_0000 + _SRAM_BYTES, 0x40: 0x4008_0000, 0x50: 0x5050_0000}
_DEVICES = 0x4000_0000
_XIP = range(0x1000_0000, 0x1400_0000)
_XIP_CACHED = range(0x1000_0000, 0x1100_0000)
_PPB = range(0xE000_0000, 0xE010_0000)


def mapped(address: int) -> bool:
    """Whether something answers at the address."""
    top = address >> 24
    return top in _WHOLE or address < _UP_TO.get(top, 0) or address >> 28 == 0xD or address in _PPB


def executable(address: int) -> bool:
    """Whether an instruction can be fetched from there: never from devices or the system area (B3.1)."""
    return address >> 24 == 0x10 or (address < _DEVICES and mapped(address))


def read_only(address: int) -> bool:
    """Whether a store has no effect: ROM, and the flash through the window that allocates cache lines (2.6.3)."""
    return address < _ROM_BYTES or address in _XIP_CACHED


def store_faults(address: int) -> bool:
    """Whether a store is a bus error: nothing there, or an alias of the flash (XIP CTRL.ERR_BADWRITE)."""
    return not mapped(address) or (address in _XIP and address not in _XIP_CACHED)


def private(address: int) -> bool:
    """Whether only privileged code may access the address: the private peripheral bus (B3.1)."""
    return address in _PPB
