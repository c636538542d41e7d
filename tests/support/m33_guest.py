"""m33_guest: small programs for the core of the Pico 2, assembled here and run one instruction at a time."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from kesu.emulator.chips.rp2350 import m33
from kesu.emulator.chips.rp2350.emulator import Rp2350
from kesu.emulator.core.facts import SRAM_BASE

STACK = SRAM_BASE + 0x8000
LOG = SRAM_BASE + 0x9000
"""Where programs write words for the test."""
EXCEPTIONS = 16 + 52
HEAD = ".syntax unified\n.cpu cortex-m33\n.fpu fpv5-sp-d16\n.thumb\n.text\nstart:\n"
SCS = 0xE000_E000
FULL_ACCESS = 0x00F0_0303
"""CPACR: coprocessors 0, 4, 10 and 11."""


@cache
def assembled(text: str) -> bytes:
    """The code of an assembler text. Skips without the cross assembler, which the firmware needs, too."""
    if shutil.which("arm-none-eabi-as") is None:
        pytest.skip("no arm-none-eabi-as")
    with tempfile.TemporaryDirectory() as folder:
        source, made, flat = (Path(folder) / name for name in ("guest.s", "guest.o", "guest.bin"))
        source.write_text(text, encoding="utf-8")
        subprocess.run(["arm-none-eabi-as", "-o", made, source], check=True)
        subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", made, flat], check=True)
        return flat.read_bytes()


class Guest:
    """A chip with a program at the start of SRAM: its vector table, then `text`, which begins at `main`.

    handlers: labels in `text` by exception number. Constants LOG and SCS are defined.
    """

    def __init__(self, text: str, handlers: Mapping[int, str] | None = None) -> None:
        vectors = {1: "main"} | dict(handlers or {})
        table = "".join(
            f".word {SRAM_BASE:#x} + ({vectors.get(number, 'main')} - start) + 1\n"
            for number in range(1, EXCEPTIONS)
        )
        names = f".equ LOG, {LOG:#x}\n.equ SCS, {SCS:#x}\n"
        code = assembled(f"{HEAD}{names}.word {STACK:#x}\n{table}.balign 4\n{text}\n")
        self.chip = Rp2350()
        self.core = self.chip.m33
        self.core.sram[: len(code)] = code
        self.core.reset(0x1000_0000)
        self.state = self.core.state
        self.state.vtor, self.state.cpacr = SRAM_BASE, FULL_ACCESS
        self.state.r[13], self.state.r[15] = STACK, self.word(SRAM_BASE + 4) & ~1

    def run(self, instructions: int) -> int:
        """Execute; an exception entry counts as one. Returns why it ended (enum left of m33.h)."""
        self.core._go(m33.FOREVER, instructions)
        if self.state.left == m33.MMIO:
            self.core._access()
        return int(self.state.left)

    def word(self, address: int) -> int:
        """A word of SRAM."""
        return int(struct.unpack_from("<I", self.core.sram, address - SRAM_BASE)[0])

    def words(self, address: int, count: int) -> list[int]:
        """Words of SRAM."""
        return list(struct.unpack_from(f"<{count}I", self.core.sram, address - SRAM_BASE))

    def log(self, count: int) -> list[int]:
        """The first words of LOG."""
        return self.words(LOG, count)

    def enable(self, irq: int, priority: int = 0x80) -> None:
        """Enable an interrupt in the NVIC."""
        self.state.irq_enabled[irq >> 5] |= 1 << (irq & 31)
        self.state.irq_priority[irq] = priority
        self.state.check = 1
