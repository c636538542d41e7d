"""memories: table of all memories on a pad's board: content, volatility, how each is cleared.

Sizes: RP2040 datasheet 2.6 (SRAM, XIP cache), 2.8 (boot ROM), 4.1.2 (USB RAM), 4.7 (watchdog), 4.8 (RTC);
Pico datasheet (2 MB flash); SSD1683 Rev 1.0 and SSD1680 Rev 0.14 (planes, OTP);
FT6336U datasheet (registers).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kesu.common.uf2 import PICO_FLASH_BYTES
from kesu.spec.panels import PANELS, REFERENCE, Panel, films_of
from kesu.verify.evidence.image import manifest_of
from kesu.verify.evidence.words import milliseconds
from kesu.verify.results import Run


@dataclass(frozen=True)
class Memory:
    """One memory. volatile: what happens without power, in words. note: whether a note is ever in it."""

    name: str
    size: str
    volatile: str
    holds: str
    note: bool
    cleared: str


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
    return (manifest.get("board"), manifest.get("profile")) == ("pico", "sealed") and manifest.get(
        "panel"
    ) in PANELS


def memories(run: Run) -> list[Memory]:
    """The table, with figures from the image's manifest and the run."""
    panel = panel_of(run.image)
    size = run.image.get("uf2_bytes")
    # A UF2 block is 512 bytes of file for 256 bytes of flash.
    used = (
        f"{size // 2:,} of {PICO_FLASH_BYTES:,} bytes"
        if isinstance(size, int)
        else f"{PICO_FLASH_BYTES:,} bytes"
    )
    policy = manifest_of(run.image).get("policy")
    ready = policy.get("READY_AFTER_MS") if isinstance(policy, dict) else None
    done = _finished(panel, ready) if isinstance(ready, int) else "finished before READY"
    return [
        Memory(
            "RP2040 SRAM",
            "264 KB",
            "volatile",
            "Program variables, the note while it is shown",
            True,
            "Every wipe: note buffers, free heap and unused stack are overwritten with zeros. Every start, "
            "before Python runs: all of it that the running code does not need",
        ),
        Memory(
            "RP2040 USB RAM",
            "4 KB",
            "volatile",
            "USB packets; three modem bits of the pad",
            False,
            "Every start. No note is ever put there",
        ),
        Memory(
            "RP2040 flash cache",
            "16 KB",
            "volatile",
            "Copies of program code",
            False,
            "Every wipe flushes it. It is never used as RAM",
        ),
        Memory(
            "RP2040 FIFOs of SPI, I2C, PIO and DMA",
            "below 1 KB",
            "volatile",
            "Bytes on their way to the panel and from the touch chip",
            True,
            "They run empty when a transfer ends; a wipe overwrites both planes through the same FIFO",
        ),
        Memory(
            "RP2040 watchdog scratch and RTC",
            "32 and 20 bytes",
            "volatile; survive a watchdog reset",
            "Cause of the last restart",
            False,
            "Every start clears scratch 0 to 7; no note is put there",
        ),
        Memory(
            "RP2040 registers of peripherals",
            "some hundred registers",
            "volatile; many survive a watchdog reset",
            "Settings; the last point in the I2C block, times of the last edges and alarms, operands of "
            "the divider, hit counters of the flash cache",
            True,
            "Every wipe: the I2C block is reset and constants are read through its FIFO; divider, edge "
            "latches, alarm and cache counters are cleared. Every start: the blocks in use are set up again",
        ),
        Memory(
            "RP2040 processor registers",
            "below 100 bytes",
            "volatile",
            "Operands of the running code",
            True,
            "Overwritten by the code that runs on after the wipe",
        ),
        Memory(
            "RP2040 boot ROM",
            "16 KB",
            "non-volatile, read-only",
            "The chip maker's code",
            False,
            "Cannot change",
        ),
        Memory(
            "QSPI flash (Raspberry Pi Pico)",
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
