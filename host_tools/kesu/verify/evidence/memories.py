"""memories: table of all memories on a pad's board: content, volatility, how each is cleared.

Sizes: Pico and Pico 2 datasheets (2 and 4 MB flash); SSD1683 Rev 1.0 and SSD1680 Rev 0.14 (planes, OTP);
FT6336U datasheet (registers). Those of the chip are in chip_memories.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

from kesu.emulator.chips.boards import BOARDS
from kesu.emulator.core.facts import Facts
from kesu.spec.panels import PANELS, REFERENCE, Panel, films_of
from kesu.verify.evidence.chip_memories import CHIP_MEMORIES, Memory
from kesu.verify.evidence.image import manifest_of
from kesu.verify.evidence.words import milliseconds
from kesu.verify.results import Run


def panel_of(image: dict[str, Any]) -> Panel:
    """The image's panel; the reference panel when the manifest names no known one."""
    return PANELS.get(str(manifest_of(image).get("panel")), REFERENCE)


def description(panel: Panel) -> str:
    """A panel with its touch chip, in words."""
    return (
        f"{panel.product}, {panel.inch:g} inch, {panel.width} × {panel.height}, with {panel.touch.chip} touch"
    )


def _finished(panel: Panel, ready_ms: int) -> str:
    """When a wipe on this panel has ended, and when with other films that are sold under the same name."""
    sold, *others = films_of(panel.name)
    slower = [f", or {milliseconds(film.ready_after_ms)} with {film.words}" for film in others]
    return f"finished {milliseconds(max(ready_ms, sold.ready_after_ms))} after the event{''.join(slower)}"


def supported(image: dict[str, Any]) -> bool:
    """Whether this is a sealed image for a board and a panel that the table describes."""
    manifest = manifest_of(image)
    described = str(manifest.get("board")) in BOARDS and str(manifest.get("panel")) in PANELS
    return described and manifest.get("profile") == "sealed"


def chip_of(image: dict[str, Any]) -> Facts:
    """The chip of the image's board; the RP2040 when the manifest names no known board."""
    return BOARDS.get(str(manifest_of(image).get("board")), BOARDS["pico"])


def memories(run: Run) -> list[Memory]:
    """The table, with figures from the image's manifest and the run."""
    panel, chip = panel_of(run.image), chip_of(run.image)
    size = run.image.get("uf2_bytes")
    # A UF2 block is 512 bytes of file for 256 bytes of flash.
    used = (
        f"{size // 2:,} of {chip.flash_bytes:,} bytes"
        if isinstance(size, int)
        else f"{chip.flash_bytes:,} bytes"
    )
    policy = manifest_of(run.image).get("policy")
    ready = policy.get("READY_AFTER_MS") if isinstance(policy, dict) else None
    done = _finished(panel, ready) if isinstance(ready, int) else "finished before READY"
    return [
        *CHIP_MEMORIES[chip.name],
        Memory(
            f"QSPI flash ({chip.product})",
            used,
            "non-volatile",
            "The firmware",
            False,
            "Not needed: the sealed image has no code that erases or writes flash. Rewritten only by hand, "
            "with the button inside of the case",
        ),
        Memory(
            f"Panel controller {panel.controller}, two image planes",
            f"2 × {panel.plane_bytes:,} bytes",
            "volatile; kept while powered, also across resets",
            "The picture shown and the one before",
            True,
            "Every wipe and every start: both planes are overwritten, all of them",
        ),
        Memory(
            f"Panel controller {panel.controller}, registers",
            "below 512 bytes",
            "volatile; kept while powered, until a reset",
            "Settings and waveform; the row and column of the last transfer",
            True,
            "Every wipe and every start: the controller is reset, and set up with constants",
        ),
        Memory(
            f"Panel controller {panel.controller}, OTP",
            "set by the maker",
            "non-volatile, read-only",
            "Waveforms",
            False,
            "Cannot change",
        ),
        Memory(
            "E-paper film (the glass)",
            f"{panel.width} × {panel.height} pixels",
            "keeps its picture without power",
            "What is shown: the note until a wipe",
            True,
            f"Every wipe and every start: two refreshes that drive every pixel, {done}. "
            "If power fails in mid-note and there is no hold-up capacitor, the note stays visible "
            "until the next start",
        ),
        Memory(
            f"Touch controller {panel.touch.chip}, registers",
            panel.touch.registers,
            "volatile",
            "The last point touched",
            True,
            "Every wipe and every start: its reset line is pulsed",
        ),
        Memory(
            f"Touch controller {panel.touch.chip}, firmware",
            "set by the maker",
            "non-volatile",
            "The maker's code",
            False,
            "Not written by the pad",
        ),
    ]
