"""measure: what is left on a virtual pad: hits per resource, blank planes, contrast on the glass."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kesu.verify.search import needles
from kesu.verify.search.needles import Bits, Needles, Point
from kesu.verify.search.searcher import Result, Searcher
from kesu.virtual.fork import fork_run
from kesu.virtual.pad import EmulationTimeout, VirtualPad

SRAM_BASE = 0x20000000
FRAME_KIND = 2
"""Kind of native.own() for the page and its shadow."""
AWAY_BEGINS_MS = 100.0
AWAY_MS = 8_000.0
"""From the AWAY key to its page on the glass, with much slack."""
FLASH_IN_USE = 2 * 1024 * 1024
"""Bytes of flash on a Pico; the emulated array is 16 MB and the rest must stay erased."""


VOLATILE = ("sram", "dpram", "watchdog_scratch", "rtc", "spi", "i2c", "dma", "pio", "usb", "touch_registers")
"""Fields of kesu.virtual.snapshot.Snapshot that belong to R1 to R5 and R9."""


class PointLog:
    """Records every point the touch controller reports, at the instant it raises INT.

    This is the host's own memory of what the pen did; the pad never sees it.
    """

    def __init__(self, pad: VirtualPad) -> None:
        self.points: list[Point] = []
        self.at_ms: list[float] = []
        self._pad = pad
        self._inner: Callable[[bool], None] | None = pad.touch.on_int
        pad.touch.on_int = self._on_int

    def _on_int(self, level: bool) -> None:
        point = None if level else self._pad.touch.reported()
        if point is not None:
            self.points.append(point)
            self.at_ms.append(self._pad.now_ms)
        if self._inner is not None:
            self._inner(level)


@dataclass(frozen=True)
class Blank:
    """A pad that is ready and has never been written on: what "clean" looks like."""

    bw: bytes
    red: bytes
    page: Bits
    reflectance: NDArray[np.float32]
    flash_sha256: str
    resources: dict[str, bytes]
    owners: list[tuple[int, bytes]]
    away_planes: tuple[bytes, bytes]
    away_owners: list[bytes]
    """Planes and owners once AWAY is on the glass of that pad."""


def flash_digest(pad: VirtualPad) -> str:
    """SHA-256 of the whole flash array, hexadecimal."""
    return hashlib.sha256(pad.flash).hexdigest()


def _away(pad: VirtualPad) -> tuple[tuple[bytes, bytes], list[bytes]]:
    pad.keys["AWAY"].tap()
    pad.run_for(AWAY_BEGINS_MS)
    with suppress(EmulationTimeout):  # an image that never ends its wipe is found out elsewhere
        pad.run_until(lambda: bool(pad.host.serial_state.dsr), AWAY_MS)
    return (bytes(pad.panel.bw), bytes(pad.panel.red)), [content for _, content in owners(pad)]


def blank(pad: VirtualPad) -> Blank:
    """Take the pad's present state as the blank reference; what AWAY shows is tried on a copy of the pad."""
    return Blank(
        bytes(pad.panel.bw),
        bytes(pad.panel.red),
        pad.panel.page(),
        pad.glass.reflectance.copy(),
        flash_digest(pad),
        resources(pad),
        owners(pad),
        *fork_run(pad, _away),
    )


def volatile(pad: VirtualPad) -> dict[str, bytes]:
    """R1 to R5 and R9 by name: memories and registers of the microcontroller, registers of the touch
    controller."""
    state = pad.snapshot()
    return {name: getattr(state, name) for name in VOLATILE}


def resources(pad: VirtualPad) -> dict[str, bytes]:
    """Every memory of the pad that could hold a byte of the note, by name. Flash: the 2 MB a Pico has."""
    return {
        **volatile(pad),
        "flash": bytes(pad.flash[:FLASH_IN_USE]),
        "plane 24h": pad.panel.contents(pad.panel.bw),
        "plane 26h": pad.panel.contents(pad.panel.red),
        "glass": glass_plane(pad),
    }


def glass_plane(pad: VirtualPad) -> bytes:
    """What a camera would threshold from the glass: packed rows, 1 = lighter than mid-grey."""
    return np.packbits(pad.glass.reflectance >= 0.5, axis=1).tobytes()


def note_needles(pad: VirtualPad, points: list[Point], reference: Blank) -> tuple[Needles, int]:
    """Needles for the note now on the pad, less what the blank pad already held; and how many that
    dropped."""
    picture = pad.panel.page()
    built = needles.build(picture, points)
    searcher = Searcher(built)
    seen: dict[str, NDArray[np.uint64]] = {}
    for content in reference.resources.values():
        for kind, keys in searcher.found_keys(content).items():
            seen[kind] = np.union1d(seen[kind], keys) if kind in seen else keys
    return needles.without(built, seen)


def search_everything(pad: VirtualPad, searcher: Searcher) -> dict[str, Result]:
    """Search every resource. The touch controller counts single points as well."""
    return {name: searcher.search(content) for name, content in resources(pad).items()}


def ink_pixels(picture: Bits, reference: Blank) -> NDArray[np.bool_]:
    """Pixels, shape (height, width), that are black in `picture` (1 = white) and not in the blank pad's
    picture."""
    ink: NDArray[np.bool_] = (picture == 0) & (reference.page == 1)
    return ink


def contrast(pad: VirtualPad, ink: NDArray[np.bool_], reference: Blank) -> float:
    """How much of the note the eye can tell on the glass: L* in the worst tile, READY picture left out."""
    return float(pad.glass.legible_contrast(ink, reference.reflectance < 0.5))


def owners(pad: VirtualPad) -> list[tuple[int, bytes]]:
    """Kind and present content of every buffer the firmware registered as able to hold a note."""
    return [
        (owner.kind, bytes(pad.sram[owner.address - SRAM_BASE : owner.address - SRAM_BASE + owner.length]))
        for owner in pad.owners()
    ]


def owners_blank(pad: VirtualPad, reference: Blank) -> bool:
    """R1: every registered buffer is zero; once the wipe draws READY or AWAY, a frame may hold that.

    False while no buffer is registered.
    """
    present = owners(pad)
    return bool(present) and all(
        not any(content) or (kind == FRAME_KIND and (only_blank(content, ready) or only_blank(content, away)))
        for (kind, content), (_, ready), away in zip(
            present, reference.owners, reference.away_owners, strict=True
        )
    )


def only_blank(content: bytes, before: bytes) -> bool:
    """Whether `content` is `before`, or is being filled with it over one constant byte."""
    values = np.frombuffer(content, dtype=np.uint8)
    other = values[values != np.frombuffer(before, dtype=np.uint8)]
    return other.size == 0 or bool((other == other[0]).all())


def planes_blank(pad: VirtualPad, reference: Blank) -> bool:
    """R7: each plane holds one constant, or what the blank pad held (at READY or AWAY), or is on its way from
    one to the other."""
    return all(
        only_blank(bytes(plane), ready) or only_blank(bytes(plane), away)
        for plane, ready, away in zip(
            (pad.panel.bw, pad.panel.red),
            (reference.bw, reference.red),
            reference.away_planes,
            strict=True,
        )
    )


def residue(pad: VirtualPad, searcher: Searcher) -> int:
    """Hits in R2 to R5 and R9."""
    touched = searcher.touch_hits(pad.touch.registers)
    return touched + sum(searcher.search(content).hits for content in volatile(pad).values())
