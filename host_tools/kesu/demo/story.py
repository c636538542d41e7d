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
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.touch import handwriting
from kesu.verify.search import measure, timeline
from kesu.verify.search.measure import SRAM_BASE, Blank
from kesu.verify.search.picture import regions
from kesu.verify.search.searcher import Result, Searcher

JAPANESE = "山田 太郎 090-1234-5678"
LATIN = "call 17:30"
PEN_SPEED = 260.0
"""Pixels per second: 55 mm/s on the 4.2" glass (0.212 mm pitch), fast handwriting."""
LARGEST_PX = 34.0
"""Height of a kanji in pixels: 7 mm."""
MARGIN_PX = 14
LINE_PITCH_PX = 70
"""Distance of lines, where the glass is high enough."""
READY_TIMEOUT_MS = 6_000.0
SETTLE_MS = 900.0
"""Pause after the last stroke: two partial refreshes of 358 ms, so that all ink is on the glass."""

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


def start(pad: VirtualPad) -> float:
    """Power on with a PC that holds DTR high, and wait for READY. Returns the emulated ms from power-on."""
    began = pad.now_ms
    pad.power_on()
    pad.host.attach()
    pad.run_until(lambda: pad.host.enumerated, READY_TIMEOUT_MS)
    pad.host.set_dtr(True)
    return pad.run_until(lambda: pad.host.serial_state.dsr, READY_TIMEOUT_MS) - began


def write(pad: VirtualPad, lines: list[str], progress: Callable[[float], None] | None = None) -> float:
    """Write lines of text with the pen robot, from the top of the glass. Returns the pen time in emulated ms.

    progress is called with the fraction of the pen time that has passed.
    """
    strokes = []
    longest = pad.glass.width - 2 * MARGIN_PX - 2
    pitch = min(LINE_PITCH_PX, (pad.glass.height - 28) // 2)
    for index, line in enumerate(lines):
        height = min(LARGEST_PX, LARGEST_PX * longest / handwriting.width(line, LARGEST_PX))
        strokes += handwriting.strokes(line, MARGIN_PX, pitch * (4 + 7 * index) // 7, height)
    total = pad.pen.write(strokes, PEN_SPEED)
    done = 0.0
    while done < total:
        step = min(100.0, total - done)
        pad.run_for(step)
        done += step
        if progress is not None:
            progress(done / total)
    pad.run_for(SETTLE_MS)
    return total


def places(pad: VirtualPad, result: Result, limit: int = 12) -> list[str]:
    """Stretches of SRAM in which something was found, each with its name from the memory map."""
    stretches = result.runs()
    named = [
        f"{SRAM_BASE + first:#010x}..{SRAM_BASE + end - 1:#010x} {pad.memory_map.name(SRAM_BASE + first)}"
        for first, end in stretches[:limit]
    ]
    if len(stretches) > limit:
        named.append(f"and {len(stretches) - limit} more")
    return named


def hits(pad: VirtualPad, found: dict[str, Result], searcher: Searcher) -> dict[str, int]:
    """Places found per resource; the touch controller's single points are counted with its registers."""
    counts = {name: result.hits for name, result in found.items()}
    counts["touch_registers"] += searcher.touch_hits(pad.touch.registers)
    return counts


def tell(uf2: Path, elf: Path, seed: int, progress: Progress) -> Story:
    """Run the call on the image `uf2`.

    Raises KesuError when the image is unusable and EmulationTimeout when the pad never becomes ready.
    """
    progress("starting the pad", 0.0)
    pad = VirtualPad(uf2, elf=elf, seed=seed)
    boot_ms = start(pad)
    reference: Blank = measure.blank(pad)
    log = measure.PointLog(pad)
    writing_ms = write(pad, [JAPANESE, LATIN], lambda part: progress("writing the note", 0.05 + 0.65 * part))

    progress("searching for the note", 0.72)
    picture = pad.panel.page()
    ink = measure.ink_pixels(picture, reference)
    wanted, dropped = measure.note_needles(pad, log.points, reference)
    searcher = Searcher(wanted)
    found_before = measure.search_everything(pad, searcher)
    before = hits(pad, found_before, searcher)
    contrast_before = measure.contrast(pad, ink, reference)
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
        writing_ms=writing_ms,
        points_reported=len(log.points),
        needles=wanted.count,
        needles_dropped=dropped,
        before=before,
        after=hits(pad, found_after, searcher),
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
