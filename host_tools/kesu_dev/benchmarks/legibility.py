"""legibility: notes written by the pen robot, read back from the glass by an OCR, before and after a wipe.

The same reader reads three pictures of a page: as written; between the two refreshes of the wipe, as a wipe
without its flashing refresh would leave it; and wiped. The last two are first stretched to full
contrast. The second is the positive control of the third.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from kesu.common.errors import Exit, KesuError
from kesu.emulator import scenario
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.touch.handwriting import HUMAN_MM_S
from PIL import Image

from kesu_dev.benchmarks import reader, samples
from kesu_dev.benchmarks.reader import Picture, Region
from kesu_dev.benchmarks.samples import Row

PEN_PX = 2
"""Line width of the default policy, for an image without a manifest."""
SETTLE_MS = 1_200.0
"""Pause after the last stroke: two partial refreshes, and time for the pad to power its panel down."""
WIPE_MS = 4_000.0
WIPED_MS = 300.0


@dataclass
class Count:
    """Counts for the characters of one kind and size: written, read, read from the ghost, read after the
    wipe."""

    kind: str
    size_mm: float
    written: int = 0
    read: int = 0
    ghost: int = 0
    after: int = 0

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass
class Pictures:
    """One page: glass as written, stretched ghost, stretched after the wipe; all uint8 (height, width)."""

    written: Picture
    ghost: Picture
    after: Picture


@dataclass
class Legibility:
    """The result of `measure` on one panel. `pages` are the pictures by size; `ghost_lightness` is the worst
    residual contrast after a wipe, in L*."""

    panel: str
    tremor_mm: float
    counts: list[Count]
    ghost_lightness: float = 0.0
    pages: list[tuple[float, Pictures]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the pictures."""
        return {
            "panel": self.panel,
            "tremor_mm": self.tremor_mm,
            "ghost_lightness": round(self.ghost_lightness, 4),
            "counts": [count.to_dict() for count in self.counts],
        }


def measure(
    uf2: Path,
    sizes_mm: list[float],
    per_kind: int,
    *,
    seed: int = 1,
    panel: str | None = None,
    tremor_mm: float = 0.0,
    progress: Callable[[float], None] = lambda part: None,
) -> Legibility:
    """Write `per_kind` characters of each kind in each size, read them, wipe, read again.

    Raises KesuError without an OCR program. Takes about a second for every character.
    """
    reader.check()
    pad = scenario.boot_pad(uf2, seed=seed, panel=panel)
    line_px = line_width_px(uf2)
    found = Legibility(pad.fitted, tremor_mm, [])
    work = [(size, page) for size in sizes_mm for page in samples.pages(pad.glass, size, per_kind, seed)]
    for index, (size, page) in enumerate(work):
        pictures, lightness = _write_and_wipe(pad, page, tremor_mm, seed + index)
        found.ghost_lightness = max(found.ghost_lightness, lightness)
        found.pages.append((size, pictures))
        _count(found.counts, size, page, pictures, line_px)
        progress((index + 1) / len(work))
    return found


def _write_and_wipe(pad: VirtualPad, page: list[Row], tremor_mm: float, seed: int) -> tuple[Pictures, float]:
    """The page's three pictures, and the residual contrast of its ink in L*."""
    pitch_mm = samples.panel_pitch_mm(pad.glass)
    generator = random.Random(f"tremor {seed}")
    blank = pad.glass.intended > 0.5
    strokes = [stroke for row in page for stroke in row.strokes(tremor_mm / pitch_mm, generator, pitch_mm)]
    pad.run_for(pad.pen.write(strokes, HUMAN_MM_S / pitch_mm) + SETTLE_MS)
    written = pad.glass.picture()
    ink = (pad.glass.intended < 0.5) & blank

    between: list[tuple[Picture, Picture]] = []
    start = pad.glass.start

    def looked_at(*arguments: Any, **named: Any) -> None:
        light = pad.glass.intended > 0.5
        if not light.any():  # the whole page was driven to black
            light = ~light
        between.append((pad.glass.picture(), reader.stretched(pad.glass.picture(), light)))
        start(*arguments, **named)

    pad.glass.start = looked_at  # type: ignore[method-assign]
    pad.keys["WIPE"].tap()
    pad.run_for(scenario.SETTLED_MS)
    scenario.wait_ready(pad, WIPE_MS)
    pad.run_for(WIPED_MS)
    pad.glass.start = start  # type: ignore[method-assign]
    after = reader.stretched(pad.glass.picture(), pad.glass.intended > 0.5)
    return Pictures(written, between[1][1], after), pad.glass.ghost_contrast(ink)


def line_width_px(uf2: Path) -> int:
    """Width of the pen in the image's policy, from its manifest. Raises KesuError for a bad one."""
    manifest = uf2.with_suffix(".json")
    if not manifest.is_file():
        return PEN_PX
    try:
        return int(json.loads(manifest.read_text(encoding="utf-8"))["policy"]["LINE_WIDTH"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KesuError(
            f"{manifest} does not give the pen width of {uf2.name}.",
            hint="Keep the files of `kesu dev build` together, or build the image again.",
            code=Exit.DATA,
        ) from error


def _count(counts: list[Count], size_mm: float, page: list[Row], pictures: Pictures, line_px: int) -> None:
    """Read the page's rows in its three pictures and add up the counts."""
    seen = [_read(picture, page, line_px) for picture in (pictures.written, pictures.ghost, pictures.after)]
    for index, row in enumerate(page):
        count = next((one for one in counts if (one.kind, one.size_mm) == (row.kind, size_mm)), None)
        if count is None:
            count = Count(row.kind, size_mm)
            counts.append(count)
        count.written += len(row.text)
        count.read += reader.right(row.text, seen[0][index])
        count.ghost += reader.right(row.text, seen[1][index])
        count.after += len(seen[2][index])


def _read(picture: Picture, page: list[Row], line_px: int) -> list[str]:
    regions = []
    for row in page:
        left, top, right, bottom = row.box
        crop = np.ascontiguousarray(picture[top:bottom, left:right])
        regions.append(Region(crop, row.height_px, line_px, row.kind == "digits"))
    return reader.read(regions)


def save(found: Legibility, folder: Path) -> None:
    """Write the pictures of all pages as PNG files; the folder is made when missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, (size, page) in enumerate(found.pages):
        for name in ("written", "ghost", "after"):
            picture = Image.fromarray(getattr(page, name))
            picture.save(folder / f"{found.panel}-{size:g}mm-{index}-{name}.png", optimize=True)
