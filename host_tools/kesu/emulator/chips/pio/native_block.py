"""native_block: the interpreter in C: its structures, and the library that has it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from functools import cache

from kesu.emulator.core import native

MACHINES, CODE, STORAGE, HISTORY = 4, 32, 8, 4
NEVER = (1 << 63) // 2 - 1
"""A cycle that is not reached: INT64_MAX / 2, as in pio.h."""

u32, s64 = ctypes.c_uint32, ctypes.c_int64


def _words(names: str) -> list[tuple[str, type[ctypes.c_uint32]]]:
    return [(name, u32) for name in names.split()]


class Machine(ctypes.Structure):
    """machine_t of pio.h."""

    _fields_ = (
        *_words("execctrl shiftctrl pinctrl divider x y isr osr isr_count osr_count pc"),
        *_words("enabled source op delayed stalled half asleep"),
        ("storage", u32 * STORAGE),
        *_words("tx_first tx_count rx_first rx_count"),
        ("due", s64),
    )


class Drain(ctypes.Structure):
    """drain_t of pio.h."""

    _fields_ = (("memory", ctypes.c_void_p), *_words("to ring size left instr moved"))


class Block(ctypes.Structure):
    """pio_t of pio.h."""

    _fields_ = (
        ("cycle", s64),
        ("recheck", s64),
        ("version", u32),
        ("code", u32 * CODE),
        *_words("irq irq_before irq_prev irq_next set_prev set_next clear_prev clear_next fdebug bypass"),
        ("inte", u32 * 2),
        ("intf", u32 * 2),
        *_words("out oe own outside watched"),
        ("level", u32 * HISTORY),
        ("since", s64 * HISTORY),
        ("wave", ctypes.c_void_p),
        *_words("waved wave_at wave_count ahead"),
        ("drain", Drain * MACHINES),
        *_words("signals seen_pins unsupported"),
        ("machine", Machine * MACHINES),
    )


class Edge(ctypes.Structure):
    """edge_t of pio.h."""

    _fields_ = (("cycle", s64), ("level", ctypes.c_uint64))


@cache
def library() -> ctypes.CDLL:
    """The interpreter. Raises native.NotCompiled."""
    found = native.load(native.PIO)
    pointer = ctypes.c_void_p
    found.kesu_pio_run.argtypes = (pointer, s64)
    found.kesu_pio_look.argtypes = (pointer, pointer, s64)
    found.kesu_pio_look.restype = s64
    found.kesu_pio_signals.argtypes = (pointer,)
    found.kesu_pio_signals.restype = u32
    found.kesu_pio_reported.argtypes = (pointer,)
    found.kesu_pio_reported.restype = u32
    found.kesu_pio_outside.argtypes = (pointer, u32, u32, u32, u32, u32)
    found.kesu_pio_reset.argtypes = (pointer,)
    found.kesu_pio_execute.argtypes = (pointer, u32, u32)
    found.kesu_pio_control.argtypes = (pointer, u32, u32, u32)
    found.kesu_pio_put.argtypes = (pointer, u32, u32)
    found.kesu_pio_get.argtypes = (pointer, u32)
    found.kesu_pio_get.restype = u32
    found.kesu_pio_configure.argtypes = (pointer, u32, u32, u32)
    found.kesu_wave_byte.argtypes = (pointer, s64, s64, u32, u32, u32, u32, s64, s64, s64)
    found.kesu_wave_byte.restype = u32
    found.kesu_wave_cycle.argtypes = (s64, s64, s64, s64)
    found.kesu_wave_cycle.restype = s64
    assert found.kesu_pio_size() == ctypes.sizeof(Block), "Block is not pio_t of pio.h"
    return found
