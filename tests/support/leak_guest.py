"""leak_guest: puts machine code into an image that runs: before a stroke is drawn, before a wipe, and late in a wipe.

The functions of the native module are called through pointers in flash. One is made to point to code in a free part of
the flash, which does its harm and then jumps to the function. The code is ARMv6-M, so it runs on both chips.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from functools import cache

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.facts import FLASH_BASE
from m33_guest import assembled

PLACES = {"stroke": ("kesu_stroke_obj", 8), "wipe": ("kesu_zero_owned_obj", 4), "late": ("kesu_scrub_obj", 4)}
"""Where code can be put: the function object, and the offset of its pointer. late: when the note has been zeroed."""
FREE = FLASH_BASE + 0x1F_0000
"""Flash that no image uses: erased."""
ROOM = 0x400
HEAD = ".syntax unified\n.cpu cortex-m0\n.thumb\n.text\npush {r0, r1, r4, r5, r6, r7, lr}\n"
POINT = (
    "ldr r4, [r1, #16]\nasrs r4, r4, #1\nldr r5, [r1, #20]\nasrs r5, r5, #1\nlsls r4, r4, #9\norrs r4, r5\n"
)
"""In a stroke: the point to which it goes, in r4 (x shifted by 9, y). r5 to r7 are free."""
TAIL = "\npop {{r0, r1, r4, r5, r6, r7}}\npop {{r3}}\nmov lr, r3\nldr r3, =0x{original:x}\nbx r3\n.ltorg\n"


@cache
def _code(text: str, original: int) -> bytes:
    return assembled(HEAD + text + TAIL.format(original=original))


def install(pad: VirtualPad, place: str, text: str) -> None:
    """Put code in that place. The pad's flash is changed in place, the image on disk is not."""
    name, offset = PLACES[place]
    at = pad.memory_map.symbol(name).address + offset - FLASH_BASE
    (original,) = struct.unpack_from("<I", pad.flash, at)
    code = _code((POINT if place == "stroke" else "") + text, original)
    assert len(code) <= ROOM, "the code is too long"
    free = FREE + ROOM * list(PLACES).index(place)
    start = free - FLASH_BASE
    assert bytes(pad.flash[start : start + ROOM]) == b"\xff" * ROOM, "the flash is not free"
    pad.flash[start : start + len(code)] = code
    struct.pack_into("<I", pad.flash, at, free | 1)


def store(address: int, register: str = "r4") -> str:
    """Store the point there."""
    return f"ldr r6, =0x{address:x}\nstr {register}, [r6]\n"


def load(address: int, register: str = "r4") -> str:
    """Load a word from there."""
    return f"ldr r6, =0x{address:x}\nldr {register}, [r6]\n"


def keep(address: int, value: int) -> str:
    """Store a constant."""
    return f"ldr r6, =0x{address:x}\nldr r7, =0x{value:x}\nstr r7, [r6]\n"
