"""drives: finds mounted drives of pads in BOOTSEL by their INFO_UF2.TXT, on Linux, macOS and Windows."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from kesu.common.usb_ids import CHIPS, Chip
from kesu.devices.discovery.host import Host

INFO = "INFO_UF2.TXT"
_REMOVABLE = (2, 3)  # GetDriveTypeW: DRIVE_REMOVABLE, DRIVE_FIXED; the boot ROM's disk says that it is fixed


@dataclass(frozen=True)
class Drive:
    """A mounted drive. device: the block device behind it, if known."""

    folder: Path
    chip: Chip
    device: str | None


def drives(host: Host) -> list[Drive]:
    """Every mounted drive whose INFO_UF2.TXT names a known chip."""
    found = []
    for folder, device in _volumes(host):
        chip = chip_of(folder)
        if chip is not None:
            found.append(Drive(folder, chip, device))
    return found


def chip_of(folder: Path) -> Chip | None:
    """The chip that INFO_UF2.TXT names by its Board-ID; None when there is no such file or no such chip."""
    try:
        text = (folder / INFO).read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    match = re.search(r"^Board-ID:\s*(\S+)", text, re.MULTILINE)
    return next((chip for chip in CHIPS if match and match[1] == chip.board_id), None)


def _volumes(host: Host) -> list[tuple[Path, str | None]]:
    if host.linux:
        return _mounts(host)
    if host.platform == "darwin":
        folder = host.path("/Volumes")
        return [(entry, None) for entry in sorted(folder.iterdir())] if folder.is_dir() else []
    return [(Path(name), None) for name in _drive_letters()]


def _mounts(host: Host) -> list[tuple[Path, str | None]]:
    try:
        lines = os.fsdecode(host.path("/proc/mounts").read_bytes()).split("\n")
    except OSError:
        return []
    found: list[tuple[Path, str | None]] = []
    for line in lines:
        device, folder, *_ = [*line.split(), "", ""]
        if device.startswith("/dev/"):
            # proc(5): space, tab, newline and backslash are written as octal numbers.
            folder = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), folder)
            found.append((host.path(folder), device))
    return found


def _drive_letters() -> list[str]:
    if sys.platform != "win32":
        return []
    kernel = ctypes.windll.kernel32
    present = kernel.GetLogicalDrives()
    letters = [f"{chr(65 + index)}:\\" for index in range(26) if present >> index & 1]
    return [letter for letter in letters if kernel.GetDriveTypeW(letter) in _REMOVABLE]
