"""boot_rom: reads a pad's memories through its boot ROM, with picotool."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kesu.hil.bench import Memories, Missing
from kesu.virtual.memory_map import SRAM

PICOTOOL_SECONDS = 180.0
FLASH_BYTES = 2 * 1024 * 1024


def read_memories(picotool: str = "picotool") -> Memories:
    """All SRAM, then all flash, of the one pad that is in BOOTSEL mode. Raises Missing with picotool's words.

    SRAM first: a flash read makes the boot ROM use more of it. `--ser` is left out on purpose: to read a
    serial number, picotool runs a stub in the XIP cache, which is one of the memories looked at (picotool
    2.1, picoboot_connection.c).
    """
    with tempfile.TemporaryDirectory(prefix="kesu-dump-") as scratch:
        sram, flash = Path(scratch) / "sram.bin", Path(scratch) / "flash.bin"
        _run([picotool, "save", "-r", f"0x{SRAM.start:08x}", f"0x{SRAM.stop:08x}", str(sram)])
        _run([picotool, "save", "-a", str(flash)])
        memories = Memories(sram.read_bytes(), flash.read_bytes())
    if len(memories.sram) != len(SRAM) or len(memories.flash) != FLASH_BYTES:
        raise Missing(
            f"picotool read {len(memories.sram):,} bytes of SRAM and {len(memories.flash):,} of flash, "
            f"not {len(SRAM):,} and {FLASH_BYTES:,}"
        )
    return memories


def restart(picotool: str = "picotool") -> None:
    """Leave the boot ROM and start the image."""
    _run([picotool, "reboot", "-a"])


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PICOTOOL_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"picotool cannot be run: {error}") from error
    if done.returncode:
        told = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Missing(f"picotool {command[1]} failed: {told[-1] if told else 'no reason given'}")
