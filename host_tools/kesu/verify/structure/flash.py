"""flash: finds code that could control the flash chip, and writable storage that the image declares.

The boot ROM's routines are looked up by two-letter codes; the flash chip is controlled through registers: see
chips.py.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct

from kesu.verify.outcome import Finding
from kesu.verify.structure.code import Code
from kesu.verify.structure.symbols import listed

# pico-sdk, binary_info/structure.h: type 7 is {core, name, address, size, extra, flags}.
BLOCK_DEVICE = 7


def command_findings(code: Code) -> list[Finding]:
    """Boot ROM lookups and flash controller registers that functions of the image refer to."""
    chip, lookups, registers = code.chip, [], []
    for literal in code.literals:
        routine = literal.value.to_bytes(4, "little").rstrip(b"\0").decode("latin-1")
        if literal.value < 0x1_0000 and routine in chip.routines:
            lookups.append(f"{literal.function} looks up '{routine}' ({chip.routines[routine]})")
        if literal.function in chip.timing_only:
            continue
        if any(literal.value in registers_of for registers_of in chip.registers):
            registers.append(f"{literal.function} (0x{literal.value:08x})")
    count = len(code.literals)
    rom = "no flash routine of the boot ROM"
    direct = "no direct way to the flash chip"
    return [
        Finding(rom, False, f"{'; '.join(lookups[:4])}." if len(lookups) <= 4 else f"{listed(lookups)}.")
        if lookups
        else Finding(
            rom,
            True,
            f"None of the codes {', '.join(chip.routines)} is among the {count:,} constants that code loads.",
        ),
        Finding(direct, False, f"Flash controller registers are used by {listed(sorted(set(registers)))}.")
        if registers
        else Finding(direct, True, "No function refers to the flash controller, except to set its clock."),
    ]


def storage_findings(code: Code) -> list[Finding]:
    """Block devices that the image declares for itself."""
    rule = "no writable storage"
    declared, entries = [], 0
    for (pointer,) in struct.iter_unpack("<I", code.binary_info[: len(code.binary_info) & ~3]):
        head = code.read(pointer, 4)
        if not head:
            continue
        entries += 1
        if int.from_bytes(head[:2], "little") != BLOCK_DEVICE:
            continue
        address, size = struct.unpack("<2I", code.read(pointer + 8, 8))
        if size:
            declared.append(f"{size:,} bytes at 0x{address:08x}")
    if declared:
        return [Finding(rule, False, f"The image declares a drive in flash: {listed(declared)}.")]
    if not entries:
        return [
            Finding(
                rule, False, "The image carries no binary information, so it does not say what it stores."
            )
        ]
    return [
        Finding(rule, True, f"No block device with room among its {entries} entries of binary information.")
    ]
