"""core_bench: a bare RP2040 core for tests: instructions as numbers or assembly, executed in C and in Python."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from kesu.emulator.chips.rp2040 import thumb
from kesu.emulator.chips.rp2040.emulator import Rp2040
from kesu.emulator.core.facts import FLASH_BASE, SRAM_BASE

ENGINES = ("c", "python")
CODE = SRAM_BASE + 0x8000
STACK = SRAM_BASE + 0x2_0000
VECTORS = SRAM_BASE


@dataclass
class State:
    """What an instruction changes. flags: the letters of NZCV that are set."""

    registers: dict[int, int] = field(default_factory=dict)
    flags: str = ""


class CoreBench:
    """One chip. engine: "c" executes with thumb.c as in every run, "python" without."""

    def __init__(self, engine: str) -> None:
        self.emulator = Rp2040()
        self.mcu, self.core = self.emulator.mcu, self.emulator.core
        if engine == "python":
            self.emulator.thumb = None
        elif self.emulator.thumb is None:
            pytest.skip("no C compiler for this machine")
        self.emulator.cold_start()

    def place(self, address: int, halfwords: list[int]) -> None:
        """Put halfwords into SRAM or flash."""
        raw = b"".join(word.to_bytes(2, "little") for word in halfwords)
        memory, base = (self.mcu.sram, SRAM_BASE) if address >= SRAM_BASE else (self.mcu.flash, FLASH_BASE)
        memory[address - base : address - base + len(raw)] = raw

    def word(self, address: int) -> int:
        """One word of SRAM."""
        return int.from_bytes(self.mcu.sram[address - SRAM_BASE :][:4], "little")

    def step(self, count: int = 1) -> None:
        """Execute `count` instructions; exceptions that are pending come first."""
        for _ in range(count):
            runner: Any = self.emulator.thumb
            if runner is None:
                self.core.execute_instruction()
                continue
            if self.core.interrupts_updated:
                self.core.check_for_interrupts()
            if not runner.plain(1) and not runner.rest():
                runner.plain(1)

    def execute(self, halfwords: list[int], before: State, at: int = CODE) -> State:
        """Place an instruction, execute it from `before`, return what the same registers and the flags are then."""
        self.place(at, halfwords)
        core = self.core
        core.r[13], core.r[14], core.r[15], core.thumb = STACK, 0, at, True
        for index, value in before.registers.items():
            core.r[index] = value
        core.n, core.z, core.c, core.v = (letter in before.flags for letter in "NZCV")
        self.step()
        flags = zip("NZCV", (core.n, core.z, core.c, core.v), strict=True)
        return State({index: int(core.r[index]) for index in range(16)}, "".join(f for f, on in flags if on))


class Guest(CoreBench):
    """A program in assembly, in SRAM, with a vector table at its begin: 16 + 32 entries, all to `unexpected`, unless
    the program has a label exc_NUMBER. It starts at `start`, privileged, on the main stack, and ends in a loop at
    `end`."""

    def __init__(self, source: str, engine: str) -> None:
        super().__init__(engine)
        code, self.symbols = assemble(source)
        self.mcu.sram[: len(code)] = code
        self.core.vtor = VECTORS
        self.core.r[13], self.core.r[15] = STACK, self.symbols["start"] & ~1

    def run(self, us: float = 200.0) -> None:
        """Run for some emulated time. AssertionError if an unexpected exception came or the end is not reached."""
        self.emulator.run_until_ns(self.emulator.clock.now_ns + round(us * 1000))
        where = self.core.r[15] & ~1
        assert where != self.symbols["unexpected"] & ~1, f"unexpected exception {self.core.ipsr}"
        assert where == self.symbols["end"] & ~1, f"stopped at {where:08x}"

    def log(self) -> list[int]:
        """The words that the program wrote with its macro `log`."""
        start, after = self.symbols["log_begin"], self.word(self.symbols["log_next"])
        return [self.word(address) for address in range(start, after, 4)]


_PRELUDE = """
    .syntax unified
    .cpu cortex-m0plus
    .thumb
    .macro log register          /* keeps all registers; changes flags */
    push {r6, r7}
    ldr r7, =log_next
    ldr r7, [r7]
    str \\register, [r7]
    adds r7, #4
    ldr r6, =log_next
    str r7, [r6]
    pop {r6, r7}
    .endm
    .macro write address, value
    ldr r4, =\\address
    ldr r5, =\\value
    str r5, [r4]
    .endm
    .text
    .global start, end, unexpected, log_begin, log_next
vectors:
    .word 0x20020000
"""
_POSTLUDE = """
    .thumb_func
end: b end
    .thumb_func
unexpected: b unexpected
    .pool
    .balign 4
log_next: .word log_begin
log_begin: .space 1024
"""


def assemble(source: str) -> tuple[bytes, dict[str, int]]:
    """Machine code for VECTORS on, and its symbols. Labels exc_NUMBER become vectors."""
    handlers = {int(number) for number in re.findall(r"^exc_(\d+):", source, re.MULTILINE)}
    table = "".join(f"    .word {f'exc_{n}' if n in handlers else 'unexpected'} + 1\n" for n in range(1, 48))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "guest.s").write_text(_PRELUDE + table + source + _POSTLUDE)
        options = [
            "-mcpu=cortex-m0plus",
            "-nostdlib",
            f"-Wl,-Ttext={VECTORS:#x}",
            "-Wl,-e,0",
            "-Wl,--build-id=none",
        ]
        subprocess.run(
            ["arm-none-eabi-gcc", *options, "-o", "guest.elf", "guest.s"], cwd=folder, check=True, text=True
        )
        subprocess.run(
            ["arm-none-eabi-objcopy", "-O", "binary", "guest.elf", "guest.bin"], cwd=folder, check=True
        )
        listing = subprocess.run(
            ["arm-none-eabi-nm", "guest.elf"], cwd=folder, check=True, capture_output=True, text=True
        )
        symbols = {row.split()[-1]: int(row.split()[0], 16) for row in listing.stdout.splitlines()}
        return (folder / "guest.bin").read_bytes(), symbols


__all__ = ["CODE", "ENGINES", "STACK", "CoreBench", "Guest", "State", "thumb"]
