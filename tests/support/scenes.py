"""scenes: a ready pad, a pad in a call, and what must be empty after the call."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import Any

from kesu.demo import story
from kesu.emulator import scenario
from kesu.emulator.board.pad import VirtualPad
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.search import measure, on_glass
from kesu.verify.search.noted import Noted as Written
from kesu.verify.search.noted import noted, places

__all__ = [
    "NOTE",
    "WATCH_MS",
    "Written",
    "assert_nothing_left",
    "ready_pad",
    "what_is_left",
    "write_note",
    "zero_after",
]

NOTE = "山田 090"
WATCH_MS = 60.0


def ready_pad(image: BuiltImage, seed: int = 1) -> VirtualPad:
    """A pad that has booted to READY, on a PC that holds DTR."""
    return scenario.boot_pad(image.uf2, elf=image.elf, seed=seed)


def write_note(pad: VirtualPad, text: str = NOTE) -> Written:
    """Write `text` on a ready pad and let it settle on the glass."""
    return noted(pad, lambda: story.write(pad, [text]))


def zero_after(written: Written) -> float:
    """Milliseconds until every buffer of the note is zero; WATCH_MS if that takes longer."""
    pad = written.pad
    began = pad.now_ms
    while pad.now_ms - began < WATCH_MS and not measure.owners_blank(pad, written.reference):
        pad.run_for(0.02)
    return pad.now_ms - began


def what_is_left(written: Written) -> dict[str, Any]:
    """Everything that must be empty after a wipe, in picklable form."""
    pad = written.pad
    found = measure.search_everything(pad, written.searcher)
    return {
        "hits": written.hits(found),
        "where": places(pad, found["sram"]),
        "owners blank": measure.owners_blank(pad, written.reference),
        "planes blank": measure.planes_blank(pad, written.reference),
        "glass clean": bool(pad.glass.clean(on_glass.uncovered(pad, written.ink, written.reference))),
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
