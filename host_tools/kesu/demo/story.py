"""story: runs one call on the virtual pad, from power-on to the end of the wipe."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kesu.demo.report import Outcome
from kesu.emulator import scenario
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.touch import handwriting
from kesu.verify.search import measure, on_glass, timeline
from kesu.verify.search.noted import noted as noted_with
from kesu.verify.search.noted import places
from kesu.verify.search.picture import regions

JAPANESE = "山田 太郎 090-1234-5678"
LATIN = "call 17:30"
LARGEST_PX = 34.0
"""Height of a kanji in pixels: 7 mm."""
MARGIN_PX = 14
LINE_PITCH_PX = 70
"""Distance of lines, where the glass is high enough."""

Progress = Callable[[str, float], None]
"""Callback: the current action and the fraction done, 0..1."""


@dataclass(frozen=True)
class Story:
    """Data for the pictures: SRAM as bytes and as searched, glass as grey levels (height, width)."""

    outcome: Outcome
    sram_before: bytes
    sram_after: bytes
    found_before: NDArray[np.bool_]
    found_after: NDArray[np.bool_]
    glass_before: NDArray[np.uint8]
    glass_after: NDArray[np.uint8]
    regions: dict[str, list[tuple[int, int]]]


def write(pad: VirtualPad, lines: list[str], progress: Callable[[float], None] = lambda part: None) -> float:
    """Write lines of text with the pen robot, from the top of the glass. Returns the pen time in emulated ms.

    progress is called with the fraction of the pen time that has passed.
    """
    strokes = []
    longest = pad.glass.width - 2 * MARGIN_PX - 2
    pitch = min(LINE_PITCH_PX, (pad.glass.height - 28) // 2)
    for index, line in enumerate(lines):
        height = min(LARGEST_PX, LARGEST_PX * longest / handwriting.width(line, LARGEST_PX))
        strokes += handwriting.strokes(line, MARGIN_PX, pitch * (4 + 7 * index) // 7, height)
    return scenario.write(pad, strokes, progress=progress)


def tell(uf2: Path, elf: Path, seed: int, progress: Progress) -> Story:
    """Run the call on the image `uf2`.

    Raises KesuError when the image is unusable or the pad never becomes ready.
    """
    progress("starting the pad", 0.0)
    pad = scenario.boot_pad(uf2, elf=elf, seed=seed)
    boot_ms = pad.now_ms
    pen_ms: list[float] = []

    def writing(part: float) -> None:
        progress("writing the note", 0.05 + 0.65 * part)

    noted = noted_with(pad, lambda: pen_ms.append(write(pad, [JAPANESE, LATIN], writing)))

    progress("searching for the note", 0.72)
    ink, reference, searcher = noted.ink, noted.reference, noted.searcher
    found_before = measure.search_everything(pad, searcher)
    before = noted.hits(found_before)
    contrast_before = on_glass.contrast(pad, ink, reference)
    where_before = places(pad, found_before["sram"])
    sram_before, glass_before = bytes(pad.sram), pad.glass.picture()

    rows = timeline.steps(pad, searcher, ink, reference)
    times = timeline.watch(
        pad,
        rows,
        lambda: pad.host.set_dtr(False),
        lambda part: progress("the call has ended: wiping", 0.75 + 0.2 * part),
    )

    progress("searching again", 0.96)
    found_after = measure.search_everything(pad, searcher)
    outcome = Outcome(
        image_sha256=hashlib.sha256(uf2.read_bytes()).hexdigest(),
        text=f"{JAPANESE} / {LATIN}",
        seed=seed,
        boot_ms=boot_ms,
        writing_ms=pen_ms[0],
        points_reported=len(noted.log.points),
        needles=searcher.needles.count,
        needles_dropped=noted.dropped,
        before=before,
        after=noted.hits(found_after),
        where_before=where_before,
        where_after=places(pad, found_after["sram"]),
        contrast_before=contrast_before,
        ghost_after=pad.glass.ghost_contrast(ink),
        times=times,
        flash_identical=measure.flash_digest(pad) == reference.flash_sha256,
        bulk_in_bytes=pad.host.bulk_in_bytes,
        driver_errors=[str(error) for error in pad.panel.errors],
    )
    progress("done", 1.0)
    return Story(
        outcome,
        sram_before,
        bytes(pad.sram),
        found_before["sram"].covered,
        found_after["sram"].covered,
        glass_before,
        pad.glass.picture(),
        regions(pad),
    )
