"""rehearse: plugs stand-in pads into a made-up machine, for a rehearsal."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from kesu.common.errors import Exit, KesuError
from kesu.common.uf2 import FLASH, Uf2Image
from kesu.common.usb_ids import CHIPS, MICROPYTHON_PID, RASPBERRY_PI, Chip
from kesu.devices.discovery.host import Host
from kesu.devices.rehearsal.bench import Bench
from kesu.devices.rehearsal.boot_rom import Flash
from kesu.devices.rehearsal.descriptors import descriptors_in
from kesu.devices.rehearsal.options import KINDS
from kesu.spec.call_line import PRODUCT, VENDOR


class Written(Protocol):
    """What the stand-ins must know of the image that is to be written."""

    @property
    def uf2(self) -> Uf2Image: ...
    @property
    def chip(self) -> Chip: ...
    @property
    def sealed(self) -> bool: ...


SERIAL = 0x7E57_0000_0000_0000
"""Stand-in pads have serial numbers from here on, which no flash chip has so far."""
BREAKS_AT = 100_000
"""Bytes of an image after which an unplugged pad is gone."""


def _worn(image: Written) -> dict[str, Any]:
    offset = (image.uf2.end - FLASH.start) // 2
    wrong = image.uf2.flash(offset + 1)[offset] ^ 0xFF
    return {"flash": Flash(image.chip.flash_bytes, stuck={offset: wrong})}


def _other_chip(image: Written) -> dict[str, Any]:
    other = next(chip for chip in CHIPS if chip is not image.chip)
    return {"chip": other, "flash": Flash(other.flash_bytes)}


_WHAT: dict[str, Callable[[Written], dict[str, Any]]] = {
    "good": lambda image: {},
    "worn": _worn,
    "wrong-chip": _other_chip,
    "unplugged": lambda image: {"breaks_at": BREAKS_AT},
    "mute": lambda image: {"mute": True},
}
assert set(_WHAT) == set(KINDS)


@contextmanager
def stand_ins(image: Written, pads: list[str]) -> Iterator[Host]:
    """A made-up machine in a temporary folder with these pads in BOOTSEL."""
    if os.name != "posix":
        raise KesuError(
            "The rehearsal needs Linux or macOS.", hint="Use a flashing station.", code=Exit.UNAVAILABLE
        )
    ids = (VENDOR, PRODUCT) if image.sealed else (RASPBERRY_PI, MICROPYTHON_PID)
    with tempfile.TemporaryDirectory(prefix="kesu-rehearsal-") as folder:
        bench = Bench(Path(folder), lambda flash: descriptors_in(flash, *ids))
        try:
            for number, kind in enumerate(pads, 1):
                what = {"chip": image.chip, "flash": Flash(image.chip.flash_bytes), **_WHAT[kind](image)}
                bench.add(number, serial=f"{SERIAL + number:016x}", **what)
            yield bench.host()
        finally:
            bench.close()
