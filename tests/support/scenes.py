"""scenes: a ready pad, a pad in a call, and what must be empty after the call."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from kesu.demo import story
from kesu.emulator.board.pad import VirtualPad
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.search import measure
from kesu.verify.search.measure import Blank, PointLog
from kesu.verify.search.searcher import Searcher

NOTE = "山田 090"


@dataclass
class Written:
    """A pad in a call with a note, and everything needed to search for that note."""

    pad: VirtualPad
    reference: Blank
    log: PointLog
    searcher: Searcher
    ink: np.ndarray


def ready_pad(image: BuiltImage, seed: int = 1) -> VirtualPad:
    """A pad that has booted to READY, on a PC that holds DTR."""
    pad = VirtualPad(image.uf2, elf=image.elf, seed=seed)
    story.start(pad)
    return pad


def write_note(pad: VirtualPad, text: str = NOTE) -> Written:
    """Write `text` on a ready pad and let it settle on the glass."""
    reference = measure.blank(pad)
    log = PointLog(pad)
    story.write(pad, [text])
    picture = pad.panel.page()
    wanted, _ = measure.note_needles(pad, log.points, reference)
    return Written(pad, reference, log, Searcher(wanted), measure.ink_pixels(picture, reference))


def uncovered(written: Written) -> np.ndarray:
    """The note's pixels outside the AWAY page; all of them if the page covers most."""
    bare = written.ink & (written.pad.glass.intended > 0.5)
    return bare if 2 * bare.sum() > written.ink.sum() else written.ink


def what_is_left(written: Written) -> dict[str, Any]:
    """Everything that must be empty after a wipe, in picklable form."""
    pad = written.pad
    found = measure.search_everything(pad, written.searcher)
    return {
        "hits": story.hits(pad, found, written.searcher),
        "where": story.places(pad, found["sram"]),
        "owners blank": measure.owners_blank(pad, written.reference),
        "planes blank": measure.planes_blank(pad, written.reference),
        "glass clean": bool(pad.glass.clean(uncovered(written))),
        "flash identical": measure.flash_digest(pad) == written.reference.flash_sha256,
        "bulk in": pad.host.bulk_in_bytes,
        "driver errors": [str(error) for error in pad.panel.errors],
        "dsr": bool(pad.host.serial_state.dsr),
    }


def assert_nothing_left(left: dict[str, Any]) -> None:
    """Fail with the first trace of the note that is left."""
    assert {name: count for name, count in left["hits"].items() if count} == {}, left["where"]
    assert left["owners blank"]
    assert left["planes blank"]
    assert left["glass clean"]
    assert left["flash identical"]
    assert left["bulk in"] == 0
    assert left["driver errors"] == []
