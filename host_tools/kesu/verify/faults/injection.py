"""injection: makes the firmware's next statement raise, or its next allocation fail, in an unmodified image.

When the interpreter fetches the first opcode of a statement, the emulator replaces it with RAISE once, and
restores the flash before the exception propagates.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from collections.abc import Callable

from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.emulator import CompiledCore
from kesu.emulator.core.facts import FLASH_BASE, SRAM_BASE
from kesu.verify.faults.statements import Statement, code_span

KINDS = ("RuntimeError", "MemoryError", "OSError", "KeyboardInterrupt", "SystemExit")
_RAISE_NONE = b"\x51\x65"
"""Opcodes LOAD_CONST_NONE and RAISE_OBJ (MicroPython 1.25.0, py/bc0.h)."""
_SP, _LR, _PC = 13, 14, 15
_FRAMES_WORDS = 24
_CODE = range(FLASH_BASE, FLASH_BASE + (1 << 20))


def core_of(pad: VirtualPad) -> CompiledCore:
    """The core that can be watched. Raises KesuError when there is no compiler to build it."""
    if pad.emulator.thumb is None:
        raise KesuError(
            "Faults of software need the compiled core of the virtual pad.",
            hint="Install a C compiler (gcc), and leave KESU_CORE unset.",
            code=Exit.UNAVAILABLE,
        )
    return pad.emulator.thumb


def on_first(pad: VirtualPad, found: list[Statement], met: Callable[[Statement], None]) -> None:
    """Call `met` just before each of these statements runs for the first time."""
    core = core_of(pad)
    span = code_span(found)
    watched = core.watch_bytes(span)
    at: dict[int, list[Statement]] = {}
    for statement in found:
        at.setdefault(statement.address, []).append(statement)
        watched[statement.address - span.start] = 1

    def reached(address: int) -> None:
        watched[address - span.start] = 0
        for statement in at[address]:
            met(statement)

    core.on_watched = reached


def raise_at(pad: VirtualPad, address: int, kind: str) -> None:
    """Make the statement at `address`, which is about to run, raise an exception of a type of KINDS, once.

    Removes all other watchpoints.
    """
    core = core_of(pad)
    offset = address - FLASH_BASE
    statement = bytes(pad.flash[offset : offset + len(_RAISE_NONE)])
    pad.flash[offset : offset + len(_RAISE_NONE)] = _RAISE_NONE
    watched = core.watch_bytes(range(address + 1, address + 2))
    watched[0] = 1
    registers = pad.emulator.mcu.core.registers
    maker = pad.memory_map.symbol("mp_make_raise_obj").address

    def about_to_raise(_: int) -> None:
        watched[0] = 0
        core.on_watched = raising
        core.watch_instruction(maker)

    def raising(_: int) -> None:
        # Replace None, which cannot be raised, by the type, of which the interpreter makes an instance.
        registers[0] = pad.memory_map.symbol(f"mp_type_{kind}").address
        core.watch_instruction(0)
        pad.flash[offset : offset + len(statement)] = statement

    core.on_watched = about_to_raise


def on_allocation(
    pad: VirtualPad, asked: Callable[[str], None], answered: Callable[[bool], None] = lambda given: None
) -> None:
    """Call `asked` with the site of each allocation, and `answered` with whether it succeeded. Allocations in
    interrupts are not seen: the heap is locked there."""
    core = core_of(pad)
    registers = pad.emulator.mcu.core.registers
    entry = pad.memory_map.symbol("gc_alloc").address

    def watched(address: int) -> None:
        if address != entry:
            core.watch_instruction(entry)
            answered(registers[0] != 0)
            return
        core.watch_instruction(registers[_LR] & ~1)
        asked(_site(pad))

    core.on_watched = watched
    core.watch_instruction(entry)


def _site(pad: VirtualPad) -> str:
    """The caller of the allocation: the first return address on the stack outside MicroPython's malloc.c."""
    registers = pad.emulator.mcu.core.registers
    stack = pad.sram[registers[_SP] - SRAM_BASE :][: 4 * _FRAMES_WORDS]
    words = [registers[_LR], *struct.unpack(f"<{len(stack) // 4}I", stack)]
    names = [pad.memory_map.name(word & ~1) for word in words if word & 1 and word in _CODE]
    return next(
        (name for name in names if not name.startswith(("m_", "gc_", "mp_obj_malloc", "fun_data"))), names[0]
    )


def fail_allocation(pad: VirtualPad) -> None:
    """Make the allocation that is about to begin fail, as on a full heap; later ones succeed."""
    core_of(pad).watch_instruction(0)
    registers = pad.emulator.mcu.core.registers
    registers[0] = 0
    registers[_PC] = registers[_LR] & ~1
