"""drive: copies a UF2 to a pad's BOOTSEL drive, in small pieces that are synced before they are counted."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import threading
from pathlib import Path

from kesu.devices.discovery.drives import chip_of
from kesu.devices.discovery.host import Host
from kesu.devices.flash.image import FlashImage
from kesu.devices.flash.picotool import Progress
from kesu.devices.flash.steps import INTERRUPTED, LOST, WRITE_FAILED, WRONG_CHIP, Stopped

PIECE = 8192
NAME = "KESU.UF2"


def write_drive(
    host: Host, folder: Path, image: FlashImage, progress: Progress, cancelled: threading.Event
) -> None:
    """Write all blocks. Raises Stopped. Success does not prove that the pad starts: the caller must check."""
    chip = chip_of(folder)
    if chip is None:
        raise Stopped(LOST, "its drive disappeared before anything was written")
    if chip is not image.chip:
        raise Stopped(WRONG_CHIP, f"the pad has an {chip.name}, the image is for an {image.chip.name}")
    sent = 0
    try:
        file = host.open_drive_file(folder / NAME)
    except OSError as error:
        raise Stopped(WRITE_FAILED, f"its drive cannot be written ({error.strerror})") from error
    try:
        while sent < len(image.data):
            if cancelled.is_set():
                raise Stopped(INTERRUPTED, f"{sent:,} of {len(image.data):,} bytes were written")
            piece = image.data[sent : sent + PIECE]
            file.write(piece)
            last = sent + len(piece) == len(image.data)
            _settle(file.settle, last)
            sent += len(piece)
            progress(100 * sent // len(image.data))
    except OSError as error:
        raise Stopped(
            LOST, f"it disappeared at {sent:,} of {len(image.data):,} bytes ({error.strerror})"
        ) from error
    finally:
        _settle(file.close, True)


def _settle(action: object, tolerant: bool) -> None:
    """Run `action`. The pad restarts after the last block, so a missing drive is no error."""
    assert callable(action)
    try:
        action()
    except OSError:
        if not tolerant:
            raise
