"""pad_bench: the stand-in pads of `kesu.devices.rehearsal`; what is in flash boots on the virtual pad."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from pathlib import Path

from kesu.devices.rehearsal import bench
from kesu.emulator.board.pad import VirtualPad

_enumerations: dict[str, bytes] = {}
"""Descriptors by hash of the flash they were read from: booting the virtual pad takes some seconds."""

StandInPad = bench.StandInPad


class Bench(bench.Bench):
    """The machine. image: names the panel of what boots."""

    def __init__(self, folder: Path, image: Path) -> None:
        super().__init__(folder, self._booted)
        self.image = image

    def _booted(self, flash: bytes) -> bytes:
        """Descriptors of the virtual pad with this flash; empty if it never enumerates."""
        key = hashlib.sha256(flash).hexdigest()
        if key not in _enumerations:
            pad = power_up(flash, self.image)
            for _ in range(100):
                pad.run_for(10)
                if pad.host.enumerated:
                    break
            host = pad.host
            _enumerations[key] = bytes(host.descriptor) + host.configuration.raw if host.enumerated else b""
        return _enumerations[key]


def power_up(flash: bytes, image: Path) -> VirtualPad:
    """A virtual pad that was booted from `flash`. Panel and symbols are read from the files of `image`."""
    pad = VirtualPad(image)
    pad.flash[: len(flash)] = flash
    pad.host.attach()
    pad.power_on()
    return pad
