"""labels: the labels of one chip, in memory that its core in C shares (shadow.h)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

u32 = ctypes.c_uint32
REPORT_BITS, REPORT_MASK = 15, 0x7FFF
BRANCHES, SINKS, ENTRIES, SENT, NESTED = 4096, 64, 256, 4096, 16
_SEEN, SEEN_WITH_INK, TAKEN, PASSED, JUMP_SHORT, JUMP_LONG, CALLED, WATCHED = 1, 2, 4, 8, 16, 32, 64, 128


SINK_KINDS = ("", "store", "special", "coprocessor", "alias")
"""Names of the kinds of places that ink went to and that are not traced, by number."""


@dataclass(frozen=True)
class Layout:
    """Facts about a chip that its trace needs, all addresses and bytes.

    data_port: the register from which bytes go to the panel; divider: the first register of the divider, 0 for none;
    alias: a second view of SRAM, through which nothing is traced; vm: the code that executes bytecode; rom_lookup: the
    boot ROM's function that looks up another, 0 for none.
    """

    sram_bytes: int
    covered: int
    data_port: int
    divider: int
    alias: range
    vm: range
    rom_lookup: int = 0


class Ink(ctypes.Structure):
    """ink_t."""

    _fields_ = (("label", u32), ("origin", u32))


class Branch(ctypes.Structure):
    """branch_t."""

    _fields_ = tuple((name, u32) for name in ("pc", "bytecode", "label", "count"))


class Sink(ctypes.Structure):
    """sink_t."""

    _fields_ = tuple((name, u32) for name in ("kind", "pc", "bytecode", "address", "label", "origin"))


class Entry(ctypes.Structure):
    """entry_t."""

    _fields_ = tuple((name, u32) for name in ("pc", "origin", "code"))


class _Interrupted(ctypes.Structure):
    """interrupted_t."""

    _fields_ = (("bytecode", u32), ("stacked", u32), ("nz", Ink), ("c", Ink), ("v", Ink))


class _State(ctypes.Structure):
    """shadow_t."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("labels", "trails", "executed", "fetched")),
        *(
            (name, u32)
            for name in (
                "sram_size",
                "covered",
                "data_port",
                "divider",
                "alias_base",
                "alias_end",
                "vm_start",
                "vm_end",
                "rom_lookup",
                "input",
            )
        ),
        ("r", Ink * 16),
        ("s", Ink * 32),
        *((name, Ink) for name in ("fpscr", "nz", "c", "v", "dividend", "divisor", "result")),
        *((name, u32) for name in ("pc", "bytecode", "depth")),
        ("interrupted", _Interrupted * NESTED),
        *((name, u32) for name in ("conditional", "conditional_size", "jump", "jump_size")),
        *((name, u32) for name in ("frame", "frame_floats", "inked", "sent")),
        ("sent_labels", u32 * SENT),
        *(
            (name, u32)
            for name in ("branch_count", "branches_lost", "sink_count", "watching", "outside", "entry_count")
        ),
        ("branches", Branch * BRANCHES),
        ("sinks", Sink * SINKS),
        ("entries", Entry * ENTRIES),
        ("steps", ctypes.c_uint64),
    )


class Shadow:
    """The labels of one chip. library: the core's code, which has them built in.

    labels: one for each byte of SRAM and then of the RAM of USB (4 KB), 0 without ink. trails: for each of these bytes
    the program counter of the last instruction that stored ink there, and the address that it had been loaded from.
    """

    def __init__(self, library: ctypes.CDLL, layout: Layout) -> None:
        self.layout = layout
        self.memory_bytes = layout.sram_bytes + 4096
        self.labels = (u32 * self.memory_bytes)()
        self.trails = (u32 * (2 * self.memory_bytes))()
        self.executed = (ctypes.c_uint8 * ((layout.covered + layout.sram_bytes) // 2))()
        self.fetched = (ctypes.c_uint8 * layout.covered)()
        memories = (self.labels, self.trails, self.executed, self.fetched)
        self.state = _State(
            *(ctypes.addressof(memory) for memory in memories),
            layout.sram_bytes,
            layout.covered,
            layout.data_port,
            layout.divider,
            layout.alias.start,
            layout.alias.stop,
            layout.vm.start,
            layout.vm.stop,
            layout.rom_lookup,
        )
        assert library.kesu_shadow_size() == ctypes.sizeof(_State), "_State is not shadow_t of shadow.h"
        self.state.outside = 1  # the core may be in the boot ROM now, or in an interrupt of it
        self.address = ctypes.addressof(self.state)
        self._step: Any = library.shadow_step
        self._step.argtypes = (ctypes.c_void_p, ctypes.c_char_p, u32, u32, ctypes.c_int)
        self._push: Any = library.shadow_push
        self._push.argtypes = (ctypes.c_void_p, u32)
        self._reset: Any = library.shadow_reset
        self._reset.argtypes = (ctypes.c_void_p,)

    def step(self, before: bytes, first: int, second: int) -> None:
        """An instruction was executed by other means. before: the 16 registers before it; first, second: its code."""
        self._step(self.address, before, first, second, 1)

    def push(self, frame: int) -> None:
        """The registers were stored in an exception frame."""
        self._push(self.address, frame)

    def pop_later(self, frame: int) -> None:
        """At the end of this instruction the registers are loaded from an exception frame."""
        self.state.frame, self.state.frame_floats = frame, 0

    def reset(self, memory_too: bool) -> None:
        """The chip was reset: no register has ink; memory_too: nor has memory."""
        self._reset(self.address)
        if memory_too:
            ctypes.memset(self.labels, 0, ctypes.sizeof(self.labels))
            self.state.inked = 0


def label_of(report: int) -> int:
    """The label of a touch report with that number, from 0 on."""
    number = 1 + report % (REPORT_MASK - 1)
    return number | number << REPORT_BITS


def reports_of(label: int) -> tuple[int, int]:
    """Numbers of the first and the last report that a label stands for."""
    return (label & REPORT_MASK) - 1, (label >> REPORT_BITS & REPORT_MASK) - 1
