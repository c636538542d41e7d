"""registers: every register of every block of a chip that software can write, from pico-sdk's register headers."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BASE = re.compile(r"^#define (\w+)_BASE _u\((0x[0-9a-f]+)\)", re.MULTILINE)
_OFFSET = re.compile(r"^#define (\w+)_OFFSET _u\((0x[0-9a-f]+)\)", re.MULTILINE)
_VALUE = r"^#define {}_BITS\s+_u\((0x[0-9a-f]+)\)"
_ACCESS = re.compile(r'^#define (\w+)_ACCESS\s+"(\w+)"', re.MULTILINE)
_BITS = re.compile(r"^#define (\w+)_BITS\s+_u\((0x[0-9a-f]+)\)", re.MULTILINE)
CHIPS = {"pico": "rp2040", "pico2": "rp2350"}
_BASES = {
    "m0plus": ("PPB",),
    "m33": ("PPB",),
    "ssi": ("XIP_SSI",),
    "xip": ("XIP_CTRL",),
    "xip_ctrl": ("XIP_CTRL",),
    "usb": ("USBCTRL_REGS",),
    "usb_device_dpram": ("USBCTRL_DPRAM",),
    "qmi": ("XIP_QMI",),
    "io_bank0": ("IO_BANK0",),
}
"""Headers whose blocks have other names in addressmap.h."""


@dataclass(frozen=True)
class Register:
    """One register. mask: its bits that can be written and read (access RW)."""

    block: str
    name: str
    address: int
    mask: int


def registers(sdk: Path, board: str) -> dict[str, list[Register]]:
    """The writable registers of a board's chip, by block. sdk: the tree of pico-sdk."""
    folder = sdk / "src" / CHIPS[board] / "hardware_regs" / "include" / "hardware" / "regs"
    bases = {name: int(value, 16) for name, value in _BASE.findall((folder / "addressmap.h").read_text())}
    found: dict[str, list[Register]] = {}
    for header in sorted(folder.glob("*.h")):
        text = header.read_text(encoding="utf-8")
        entries = [entry for entry in _entries(text) if entry[2]]
        for block in _blocks(header.stem, bases) if entries else ():
            found[block] = [
                Register(block, name, bases[block] + offset, mask) for name, offset, mask in entries
            ]
    return found


def _blocks(stem: str, bases: dict[str, int]) -> list[str]:
    if stem in _BASES:
        return [name for name in _BASES[stem] if name in bases]
    name = stem.upper()
    return [base for base in bases if re.fullmatch(rf"{name}(\d|_SYS|_USB)?", base)]


def _entries(text: str) -> list[tuple[str, int, int]]:
    """Name, offset and writable bits of each register of a header."""
    access = dict(_ACCESS.findall(text))
    bits = {name: int(value, 16) for name, value in _BITS.findall(text)}
    offsets = [(name, int(value, 16)) for name, value in _OFFSET.findall(text)]
    names = sorted((name for name, _ in offsets), key=len, reverse=True)
    masks = dict.fromkeys(names, 0)
    for field, kind in access.items():
        if kind != "RW" or field not in bits:
            continue
        owner = next((name for name in names if field == name or field.startswith(f"{name}_")), None)
        if owner is not None:
            masks[owner] |= bits[field]
    return [(name, offset, masks[name]) for name, offset in offsets]
