"""boot_rom: reads a pad's memories through its boot ROM, with picotool."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from kesu.common.uf2 import PICO_FLASH_BYTES
from kesu.devices.flash.picotool import Picotool
from kesu.devices.flash.steps import Stopped
from kesu.emulator.chips.rp2040.facts import SRAM

from hil.bench import Memories, Missing

FLASH_BYTES = PICO_FLASH_BYTES


def at(place: Path, command: Sequence[str]) -> Picotool:
    """picotool for the device at a USB location. place: its folder in sysfs. Raises Missing."""
    try:
        bus, address = (int((place / name).read_text(encoding="ascii")) for name in ("busnum", "devnum"))
    except (OSError, ValueError) as error:
        raise Missing(f"the kernel shows no device at {place.name}: is it in BOOTSEL mode?") from error
    return Picotool(command, bus, address, threading.Event())


def read_memories(picotool: Picotool) -> Memories:
    """All SRAM, then all flash. Raises Missing with picotool's message.

    SRAM first: a flash read makes the boot ROM use more of it.
    """
    with tempfile.TemporaryDirectory(prefix="kesu-dump-") as scratch:
        sram, flash = Path(scratch) / "sram.bin", Path(scratch) / "flash.bin"
        try:
            picotool.save_range(sram, SRAM.start, SRAM.stop, lambda _: None)
            picotool.save(flash, lambda _: None)
        except Stopped as stopped:
            raise Missing(str(stopped)) from stopped
        memories = Memories(sram.read_bytes(), flash.read_bytes())
    if len(memories.sram) != len(SRAM) or len(memories.flash) != FLASH_BYTES:
        raise Missing(
            f"picotool read {len(memories.sram):,} bytes of SRAM and {len(memories.flash):,} of flash, "
            f"not {len(SRAM):,} and {FLASH_BYTES:,}"
        )
    return memories


def restart(picotool: Picotool) -> None:
    """Leave the boot ROM and start the image. Raises Missing."""
    try:
        picotool.reboot()
    except Stopped as stopped:
        raise Missing(str(stopped)) from stopped
