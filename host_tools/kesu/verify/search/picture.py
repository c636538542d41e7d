"""picture: draws the pad's memory as an image: one pixel a byte, bytes of the note in colour."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from kesu.emulator.board.pad import VirtualPad
from kesu.verify.search.measure import SRAM_BASE

WIDTH = 512
"""Bytes per line of the picture: 264 KB of SRAM give 528 lines, 520 give 1,040."""
SCALE = 2
"""Screen pixels per byte on each axis."""
LEGEND_LINE = 22
_DIM = 3
"""Ordinary bytes are drawn at 1/3 of their value, so that the colours stand out."""

COLOURS: dict[str, tuple[int, int, int]] = {
    "note": (255, 80, 80),
    "frame": (255, 170, 40),
    "touch ring": (250, 240, 70),
    "driver scratch": (90, 220, 120),
    "heap": (80, 160, 255),
    "stack": (200, 110, 255),
    "other": (255, 255, 255),
}
"""Colours by region in which a byte of the note was found."""


def memory_picture(
    content: bytes, found: NDArray[np.bool_], regions: dict[str, list[tuple[int, int]]]
) -> Image.Image:
    """One pixel per byte, grey by value; bytes in `found` (shape (len(content),)) coloured by region.

    regions: name of COLOURS -> list of (first, past the last) byte offsets; bytes in none are "other". The
    legend below counts the found bytes of each region.
    """
    lines = -(-len(content) // WIDTH)
    values = np.zeros(lines * WIDTH, dtype=np.uint8)
    values[: len(content)] = np.frombuffer(content, dtype=np.uint8) // _DIM
    pixels = np.repeat(values[:, None], 3, axis=1)
    region_of = np.full(len(content), list(COLOURS).index("other"), dtype=np.int8)
    for index, name in reversed(list(enumerate(COLOURS))):  # owners last: their buffers are in the heap
        for first, end in regions.get(name, []):
            region_of[first:end] = index
    counts: dict[str, int] = {}
    for index, (name, colour) in enumerate(COLOURS.items()):
        marked = found & (region_of == index)
        counts[name] = int(marked.sum())
        pixels[: len(content)][marked] = colour
    memory = Image.fromarray(pixels.reshape(lines, WIDTH, 3)).resize(
        (WIDTH * SCALE, lines * SCALE), Image.Resampling.NEAREST
    )
    shown = [name for name in COLOURS if name in regions or counts[name]]
    picture = Image.new(
        "RGB", (memory.width, memory.height + LEGEND_LINE * (len(shown) + 1) + 8), (20, 20, 20)
    )
    picture.paste(memory, (0, 0))
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=15)
    top = memory.height + 6
    title = f"SRAM, {len(content):,} bytes, one pixel each; bytes of the note: {int(found.sum()):,}"
    draw.text((8, top), title, fill=(230, 230, 230), font=font)
    for line, name in enumerate(shown, start=1):
        y = top + line * LEGEND_LINE
        draw.rectangle((8, y + 3, 22, y + 17), fill=COLOURS[name])
        draw.text((30, y), f"{name}: {counts[name]:,} bytes of the note", fill=(230, 230, 230), font=font)
    return picture


def regions(pad: VirtualPad) -> dict[str, list[tuple[int, int]]]:
    """Byte ranges of SRAM by region, for `memory_picture`."""
    names = {1: "note", 2: "frame", 3: "touch ring", 4: "driver scratch"}
    ranges: dict[str, list[tuple[int, int]]] = {}
    for owner in pad.owners():
        first = owner.address - SRAM_BASE
        ranges.setdefault(names[owner.kind], []).append((first, first + owner.length))
    for name, span in (("heap", pad.memory_map.heap), ("stack", pad.memory_map.stack)):
        ranges[name] = [(span.start - SRAM_BASE, span.stop - SRAM_BASE)]
    return ranges
