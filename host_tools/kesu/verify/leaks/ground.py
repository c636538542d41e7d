"""ground: what a seed draws from: owners, objects, registers and commands, enumerated from a base image and its pad."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.emulator.touch import ft6336u
from kesu.images.toolchain.kit import Kit
from kesu.verify.leaks.registers import Register, registers

KEPT_MS = 30.0
PATTERNS = (0x5A5A_5A5A, 0xA5A5_A5A5)


class Void(Exception):
    """What was drawn cannot hold ink: it is drawn again, and counted."""


@dataclass
class Ground:
    """What exists on a board with a panel. owners: kind and length of each registered buffer; objects: name and size of
    the image's global variables; blocks: registers of the chip; commands: of the panel with their number of bytes;
    touch: writable registers of the touch chip; pad: READY, with the base image."""

    board: str
    panel: str
    kit: Kit
    pad: VirtualPad
    owners: list[tuple[int, int]]
    objects: list[tuple[str, int]]
    blocks: dict[str, list[Register]]
    commands: list[tuple[int, int]]
    touch: list[int]
    _kept: dict[int, int] = field(default_factory=dict)

    @staticmethod
    def of(kit: Kit, pad: VirtualPad, board: str, panel: str) -> Ground:
        """Read the registry of owners from the pad's RAM, and the rest from the image, the models and pico-sdk."""
        model = [] if not hasattr(pad.touch, "lift_report") else sorted(ft6336u.WRITABLE)
        commands = [
            (int(name, 16), len(value))
            for name, value in sorted(pad.panel.registers().items())
            if len(name) == 2 and 0 < len(value) <= 16
        ]
        return Ground(
            board,
            panel,
            kit,
            pad,
            [(owner.kind, owner.length) for owner in pad.owners()],
            _objects(kit.base.elf, pad.emulator.facts.sram),
            registers(kit.port / "lib" / "pico-sdk", board),
            commands,
            model,
        )

    @property
    def readable(self) -> list[int]:
        """Addresses of all registers that software can write."""
        return sorted({register.address for block in self.blocks.values() for register in block})

    def kept(self, register: Register) -> int:
        """The bits of a register that keep what is written, on a copy of the pad; 0 if the pad does not outlive it."""
        if register.address not in self._kept:
            try:
                self._kept[register.address] = fork_run(self.pad, lambda pad: _kept(pad, register), 60.0)
            except Exception:  # whatever an unmodelled access raises, the register is no store
                self._kept[register.address] = 0
        return self._kept[register.address]


def _kept(pad: VirtualPad, register: Register) -> int:
    mcu = pad.emulator.mcu
    before = mcu.read_uint32(register.address)
    kept = register.mask
    for pattern in PATTERNS:
        written = (before & ~register.mask) | (pattern & register.mask)
        mcu.write_uint32(register.address, written)
        pad.run_for(KEPT_MS)
        kept &= ~(mcu.read_uint32(register.address) ^ written)
    return int(kept) & 0xFFFF_FFFF


def _objects(elf: Path, sram: range) -> list[tuple[str, int]]:
    """Global variables in RAM of a word or more."""
    with elf.open("rb") as stream:
        table = ELFFile(stream).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        return sorted(
            (symbol.name, int(symbol["st_size"]))
            for symbol in table.iter_symbols()
            if symbol["st_info"]["type"] == "STT_OBJECT"
            and symbol["st_info"]["bind"] == "STB_GLOBAL"
            and int(symbol["st_value"]) in sram
            and symbol["st_size"] >= 4
        )
