"""make_trace_film: `./dev pictures trace`, a film of a note: the glass, and where its ink is in the pad's memory.

The virtual pad's core traces every byte that comes from the pen, through each instruction. In the memory map each pixel
is a cell of 64 bytes, and each stroke glows in its own shade.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from film_files import save_film, save_stills
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.facts import SRAM_BASE
from kesu.emulator.scenario import boot_pad, write
from kesu.emulator.shadow.labels import REPORT_BITS, REPORT_MASK
from kesu.emulator.touch import handwriting
from kesu.emulator.trace.tracer import Tracer
from kesu.images import toolchain
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

CELL_BYTES, CELL_PX, COLUMNS = 64, 5, 80
PAPER, INK, EDGE = (255, 255, 255), (20, 20, 20), (200, 200, 200)
EMPTY, OWNER = (24, 32, 44), (34, 78, 112)
GLOWS = ((255, 186, 48), (255, 146, 40), (255, 222, 130), (236, 120, 60))
LEAST_GLOW = 0.45
"""One byte of ink in a cell is visible, too."""
GAP_PX, HEAD_PX, FOOT_PX = 16, 26, 30
COLOURS = 48
LINE, LEFT_PX, TOP_PX, LETTER_PX = "山田 0901", 16.0, 40.0, 44.0
AFTER_END_MS = (2.0, 10.0, 30.0, 150.0, 400.0, 2_200.0)
"""Moments after the byte of the call's end: R1 and the planes, dead stack, illegible, READY."""
STILLS_MS = (2.0, 400.0, 2_200.0)
WRITING_MS, STILL_MS, LAST_MS = 160, 900, 3_000


@dataclass(frozen=True)
class Traced:
    """A frame, how long it is shown, and the bytes of ink in the memory."""

    frame: Image.Image
    shown_ms: int
    inked: int
    says: str
    still: bool = False


class Film:
    """Films one pad from its boot on."""

    def __init__(self, image: Path) -> None:
        self.pad: VirtualPad = boot_pad(image, elf=image.with_suffix(".elf"))
        self.tracer = Tracer(self.pad)
        self.frames: list[Traced] = []
        self._began: list[int] = []
        owned = np.zeros(len(self.pad.emulator.facts.sram), bool)
        for owner in self.pad.owners():
            owned[owner.address - SRAM_BASE :][: owner.length] = True
        any_owned: NDArray[np.bool_] = _cells(owned).max(axis=1, keepdims=True)
        self._base = np.where(any_owned, OWNER, EMPTY).astype(float)

    def play(self) -> list[Traced]:
        """Write the note in a call, end the call, and watch the ink go."""
        pad = self.pad
        pad.host.write(b"RT")
        pad.run_for(600)
        self._take("a call: ring, talk", WRITING_MS)
        for stroke in handwriting.strokes(LINE, LEFT_PX, TOP_PX, LETTER_PX):
            self._began.append(pad.touch.reports)
            write(pad, [stroke])
            self._take("the operator writes", WRITING_MS)
        pad.run_for(900)
        self._take("the operator writes", STILL_MS, still=True)
        pad.host.write(b"E")
        ended = self._when(lambda: not pad.host.unheard)
        for after_ms in AFTER_END_MS:
            pad.run_for(max(0.0, ended + after_ms - pad.now_ms))
            last = after_ms == AFTER_END_MS[-1]
            says = f"the call has ended, {after_ms:,.0f} ms ago"
            self._take(says, LAST_MS if last else STILL_MS, still=after_ms in STILLS_MS)
        return self.frames

    def _when(self, happened: Callable[[], bool]) -> float:
        while not happened():
            self.pad.run_for(0.25)
        return self.pad.now_ms

    def _take(self, says: str, shown_ms: int, still: bool = False) -> None:
        inked = self.tracer.inked_bytes
        glass = Image.fromarray(self.pad.glass.picture()).convert("RGB")
        memory = self._memory()
        width = glass.width + memory.width + 3 * GAP_PX
        frame = Image.new("RGB", (width, HEAD_PX + max(glass.height, memory.height) + FOOT_PX), PAPER)
        frame.paste(glass, (GAP_PX, HEAD_PX))
        frame.paste(memory, (2 * GAP_PX + glass.width, HEAD_PX))
        pen = ImageDraw.Draw(frame)
        pen.rectangle((GAP_PX, HEAD_PX, GAP_PX + glass.width - 1, HEAD_PX + glass.height - 1), outline=EDGE)
        title, small = ImageFont.load_default(size=16), ImageFont.load_default(size=14)
        pen.text((GAP_PX, 4), "glass", INK, font=title)
        pen.text((2 * GAP_PX + glass.width, 4), f"memory: {inked:,} bytes come from the pen", INK, font=title)
        pen.text((GAP_PX, frame.height - FOOT_PX + 8), says, INK, font=small)
        self.frames.append(Traced(frame, shown_ms, inked, says, still))

    def _memory(self) -> Image.Image:
        labels = np.frombuffer(memoryview(self.tracer.shadow.labels).cast("B"), np.uint32)
        labels = labels[: len(self.pad.emulator.facts.sram)]
        newest = _cells((labels >> REPORT_BITS & REPORT_MASK).astype(np.int64)).max(axis=1)
        share = _cells(labels > 0).mean(axis=1)[:, None]
        stroke = np.searchsorted(self._began, newest - 1, side="right") - 1
        shade = np.array(GLOWS)[np.maximum(stroke, 0) % len(GLOWS)]
        glow = np.where(share > 0, LEAST_GLOW + (1 - LEAST_GLOW) * share, 0.0)
        colours = (self._base + (shade - self._base) * glow).round().astype(np.uint8)
        rows = -(-len(colours) // COLUMNS)
        padded = np.full((rows * COLUMNS, 3), EMPTY, np.uint8)
        padded[: len(colours)] = colours
        return Image.fromarray(padded.reshape(rows, COLUMNS, 3)).resize(
            (COLUMNS * CELL_PX, rows * CELL_PX), Image.Resampling.NEAREST
        )


def _cells(values: NDArray[Any]) -> NDArray[Any]:
    """One row for each cell."""
    return values.reshape(-1, CELL_BYTES)


def save(filmed: list[Traced], out: Path) -> None:
    """Write the film as a GIF, and its stills below each other as a PNG."""
    save_film([one.frame for one in filmed], [one.shown_ms for one in filmed], COLOURS, out / "trace.gif")
    save_stills([one.frame for one in filmed if one.still], COLOURS, out / "trace.png")


def main(words: list[str]) -> int:
    """Make the film in a folder."""
    parser = argparse.ArgumentParser(description="Make the film of a note's ink.")
    parser.add_argument("out", type=Path, help="folder for the film")
    parser.add_argument(
        "--image", type=Path, help="image to show (default: the sealed image of this checkout)"
    )
    chosen = parser.parse_args(words)
    chosen.out.mkdir(parents=True, exist_ok=True)
    filmed = Film(chosen.image or toolchain.ensure("sealed").uf2).play()
    save(filmed, chosen.out)
    for one in filmed:
        print(f"{one.inked:6,} bytes of ink: {one.says}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
