"""noted: a pad with a note on it, and what finds that note again in every memory."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kesu.emulator.board.pad import VirtualPad
from kesu.verify.search import measure, on_glass
from kesu.verify.search.measure import SRAM_BASE, USUAL_PAGES, Blank, PointLog
from kesu.verify.search.searcher import Result, Searcher


@dataclass
class Noted:
    """A pad with a note on it. reference: the pad before; log: what its touch chip reported; ink: the note's pixels;
    dropped: number of needles left out of the search, because the blank pad has them as well."""

    pad: VirtualPad
    reference: Blank
    log: PointLog
    searcher: Searcher
    ink: NDArray[np.bool_]
    dropped: int

    def hits(self, found: dict[str, Result]) -> dict[str, int]:
        """Places found per resource; the touch controller's single points are counted with its registers."""
        counts = {name: result.hits for name, result in found.items()}
        counts["touch_registers"] += self.searcher.touch_hits(self.pad.touch.registers)
        return counts


def noted(pad: VirtualPad, write: Callable[[], object], ends: Collection[str] = USUAL_PAGES) -> Noted:
    """Take the ready pad as blank, write on it, and prepare the search. write: returns when all ink is on the glass;
    ends: as in measure.blank."""
    reference = measure.blank(pad, ends)
    log = PointLog(pad)
    write()
    picture = pad.panel.page()
    wanted, dropped = measure.note_needles(pad, log.points, reference)
    searcher = Searcher(wanted)
    searcher.search(pad.sram)  # copies of the pad scan only what has changed since
    return Noted(pad, reference, log, searcher, on_glass.ink_pixels(picture, reference), dropped)


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
