"""measure: measures what is left on a virtual pad: hits per resource, blank planes, contrast on the glass."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kesu.emulator.board.pad import EmulationTimeout, Owner, VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.emulator.core.snapshot import Snapshot
from kesu.emulator.panel.ssd16xx_silicon import Silicon
from kesu.emulator.scenario import silence_touch, wait_ready
from kesu.spec.call_line import LOCKED
from kesu.verify.search import needles
from kesu.verify.search.needles import Bits, Needles, Point
from kesu.verify.search.searcher import Result, Searcher

SRAM_BASE = 0x20000000
FRAME_KIND = 2
"""Kind of native.own() for the page and its shadow."""
LOCK_BEGINS_MS = 100.0
FAULT_SHOWN_MS = 1_000.0
LOCK_MS = 8_000.0
"""Timeout from the key or byte to the page on the glass."""


def _back_from_away(pad: VirtualPad) -> None:
    pad.keys["AWAY"].tap()
    pad.run_for(LOCK_BEGINS_MS)
    with suppress(EmulationTimeout):  # an image that never ends its wipe is found out elsewhere
        wait_ready(pad, LOCK_MS)
    pad.host.write(b"E")


def _restarted_with_mode(pad: VirtualPad) -> None:
    pad.keys["MODE"].press()
    pad.reset("run")


NEXT_TIP = "READY after AWAY"
MODE_HELD = "READY after a start with MODE held"
LOCKS: dict[str, Callable[[VirtualPad], object]] = {
    "AWAY": lambda pad: pad.keys["AWAY"].tap(),
    "PAYMENT": lambda pad: pad.host.write(b"P"),
    NEXT_TIP: _back_from_away,
    MODE_HELD: _restarted_with_mode,
}
"""Pages other than the present one that a wipe can end with, and the action that leads to each; after AWAY, READY
shows another tip, and after a start with MODE held the names of image and policy."""
EVERY_TIP = "READY with every tip"
FAULT = "a fault"
USUAL_PAGES = ("AWAY", FAULT)
EVERY_PAGE = (*(page for page in LOCKS if page != NEXT_TIP), EVERY_TIP, FAULT)
"""For notes that may end in any way, several times over. The next tip is one of every tip."""
MOST_TIPS = 12


VOLATILE = ("sram", "dpram", "spi", "i2c", "usb", "touch_registers")
"""Fields of kesu.emulator.core.snapshot.Snapshot that belong to R1 to R5 and R9, beside the registers of its chip."""


class Planes(Protocol):
    """A panel's RAM, of a model or as a test rig kept it."""

    @property
    def bw(self) -> bytes | bytearray: ...
    @property
    def red(self) -> bytes | bytearray: ...
    @property
    def silicon(self) -> Silicon: ...
    def page(self) -> Bits: ...


class Looked(Protocol):
    """What of a pad the search for a note needs: the virtual pad itself, or one moment of a pad in a test rig."""

    @property
    def sram(self) -> memoryview: ...
    @property
    def panel(self) -> Planes: ...
    def owners(self) -> list[Owner]: ...


class PointLog:
    """Records every point that the touch controller reports, when it signals INT.

    The log is in the host; the pad has no access to it.
    """

    def __init__(self, pad: VirtualPad) -> None:
        self.points: list[Point] = []
        self.at_ms: list[float] = []
        self._pad = pad
        self._inner: Callable[[bool], None] | None = pad.touch.on_int
        pad.touch.on_int = self._on_int

    def _on_int(self, level: bool) -> None:
        point = None if level else self._pad.touch.reported()
        if point is not None:
            self.points.append(point)
            self.at_ms.append(self._pad.now_ms)
        if self._inner is not None:
            self._inner(level)


@dataclass(frozen=True)
class Locked:
    """Planes, owners and page of a blank pad once another page than that of READY is on the glass."""

    planes: tuple[bytes, bytes]
    owners: list[bytes]
    page: Bits


@dataclass(frozen=True)
class Blank:
    """The state of a ready pad that was never written on: the reference for "clean"."""

    bw: bytes
    red: bytes
    page: Bits
    reflectance: NDArray[np.float32]
    flash_sha256: str
    resources: dict[str, bytes]
    owners: list[tuple[int, bytes]]
    locked: tuple[Locked, ...]
    """Other pages that the watched wipe may end with. The last is READY with the line down, if it is up now, or up: its
    sign differs."""
    fault: Locked | None
    """The page of a fault, drawn on the blank pad, if one may be shown."""

    @property
    def pages(self) -> tuple[Bits, ...]:
        """Every page that is known: READY, those that a wipe may end with, and that of a fault."""
        return (self.page, *(other.page for other in self.others))

    @property
    def others(self) -> tuple[Locked, ...]:
        """Those of them that are not READY as it is now."""
        return self.locked if self.fault is None else (*self.locked, self.fault)

    @property
    def printed(self) -> NDArray[np.bool_]:
        """Pixels that are black on READY, with the line up or down."""
        printed: NDArray[np.bool_] = (self.page == 0) | (self.locked[-1].page == 0)
        return printed


def flash_digest(pad: VirtualPad) -> str:
    """SHA-256 of the whole flash array, hexadecimal."""
    return hashlib.sha256(pad.flash).hexdigest()


def _locked(pad: VirtualPad, page: str) -> Locked:
    LOCKS[page](pad)
    return _after_wipe(pad)


def _tips(pad: VirtualPad) -> list[Locked]:
    """READY with each tip, one after another until the present one or the first of them is shown again."""
    found: list[Locked] = []
    present = pad.panel.page()
    while len(found) < MOST_TIPS:
        _back_from_away(pad)
        seen = _after_wipe(pad)
        if found and np.array_equal(seen.page, found[0].page):
            break
        found.append(seen)
        if np.array_equal(seen.page, present):
            break
    return found


def _other_line(pad: VirtualPad) -> Locked:
    if not pad.host.enumerated:
        return _shown(pad)
    up = not pad.host.dtr
    pad.host.set_dtr(up)
    if up:
        pad.host.write(LOCKED)
    return _after_wipe(pad)


def _after_wipe(pad: VirtualPad) -> Locked:
    """What is shown once the wipe has ended that begins now."""
    pad.run_for(LOCK_BEGINS_MS)
    with suppress(EmulationTimeout):  # an image that never ends its wipe is found out elsewhere
        wait_ready(pad, LOCK_MS)
    return _shown(pad)


def _faulty(pad: VirtualPad) -> Locked:
    silence_touch(pad)
    pad.touch.finger(200.0, 150.0)
    pad.run_for(FAULT_SHOWN_MS)
    return _shown(pad)


def _shown(pad: VirtualPad) -> Locked:
    planes = (bytes(pad.panel.bw), bytes(pad.panel.red))
    return Locked(planes, [content for _, content in owners(pad)], pad.panel.page())


def blank(pad: VirtualPad, ends: Collection[str] = USUAL_PAGES) -> Blank:
    """Take the pad's present state as the blank reference.

    ends: names of LOCKS, EVERY_TIP or FAULT that will be shown; their pages are recorded on copies of the pad.
    """
    return Blank(
        bytes(pad.panel.bw),
        bytes(pad.panel.red),
        pad.panel.page(),
        pad.glass.reflectance.copy(),
        flash_digest(pad),
        resources(pad),
        owners(pad),
        (
            *(fork_run(pad, partial(_locked, page=page)) for page in LOCKS if page in ends),
            *(fork_run(pad, _tips) if EVERY_TIP in ends else ()),
            fork_run(pad, _other_line),
        ),
        fork_run(pad, _faulty) if FAULT in ends else None,
    )


def volatile(pad: VirtualPad) -> dict[str, bytes]:
    """R1 to R5 and R9 by name: memories and registers of the microcontroller, registers of the touch
    controller."""
    return volatile_of(pad.snapshot(flash_too=False))


def volatile_of(state: Snapshot) -> dict[str, bytes]:
    """The same of a snapshot."""
    chip = {name: content for name, content in state.registers.items() if name != "xip"}
    return {name: state.part(name) for name in VOLATILE} | chip


def resources(pad: VirtualPad) -> dict[str, bytes]:
    """Every memory of the pad that could hold a byte of the note, by name. Flash: what the board has."""
    return {
        **volatile(pad),
        "flash": bytes(pad.flash[: pad.emulator.facts.flash_bytes]),
        "plane 24h": pad.panel.contents(pad.panel.bw),
        "plane 26h": pad.panel.contents(pad.panel.red),
        "glass": glass_plane(pad),
    }


def glass_plane(pad: VirtualPad) -> bytes:
    """The glass as a thresholded camera picture: packed rows, 1 = lighter than mid-grey."""
    return np.packbits(pad.glass.reflectance >= 0.5, axis=1).tobytes()


def note_needles(pad: Looked, points: list[Point], reference: Blank) -> tuple[Needles, int]:
    """Needles for the note now on the pad, without those on the blank pad (at READY and with the other pages that may
    be shown), and the number of needles dropped."""
    picture = pad.panel.page()
    built = needles.build(picture, points)
    searcher = Searcher(built)
    seen: dict[str, NDArray[np.uint64]] = {}
    pages = (part for page in reference.others for part in (*page.planes, *page.owners))
    for content in (*reference.resources.values(), *pages):
        for kind, keys in searcher.found_keys(content).items():
            seen[kind] = np.union1d(seen[kind], keys) if kind in seen else keys
    return needles.without(built, seen)


def search_everything(pad: VirtualPad, searcher: Searcher) -> dict[str, Result]:
    """Search every resource. In the touch controller single points count as well."""
    return {name: searcher.search(content) for name, content in resources(pad).items()}


def owners(pad: Looked) -> list[tuple[int, bytes]]:
    """Kind and present content of every buffer the firmware registered as able to hold a note."""
    return [
        (owner.kind, bytes(pad.sram[owner.address - SRAM_BASE : owner.address - SRAM_BASE + owner.length]))
        for owner in pad.owners()
    ]


WHITE = 0xFF
LETTER_BYTES = 3 * 16
"""Most bytes of one letter in a frame: a glyph has 16 rows and covers up to three bytes of each."""


def owners_blank(pad: Looked, reference: Blank) -> bool:
    """R1: every registered buffer is zero; once the wipe draws its page, a frame may hold that page.

    False while no buffer is registered.
    """
    present = owners(pad)
    pages = ([content for _, content in reference.owners], *(page.owners for page in reference.locked))
    return bool(present) and all(
        not any(content) or (kind == FRAME_KIND and any(frame_blank(content, page) for page in drawn))
        for (kind, content), *drawn in zip(present, *pages, strict=True)
    )


def frame_blank(content: bytes, page: bytes) -> bool:
    """Whether a frame holds only `page`, or white on which the page is being drawn: letters that are not drawn yet are
    white. One letter may be half drawn, within its number of bytes, black only where the page is black.

    A frame that is being filled, or combined with its background, holds one of 00, FF and the page up to some byte, and
    another of them after it.
    """
    if one_or_other(content, [bytes(len(content)), b"\xff" * len(content), page], len(content)):
        return True
    values, drawn = np.frombuffer(content, dtype=np.uint8), np.frombuffer(page, dtype=np.uint8)
    begun = (values != drawn) & (values != WHITE)
    return int(begun.sum()) <= LETTER_BYTES and not (drawn[begun] & ~values[begun]).any()


def one_or_other(content: bytes, allowed: Sequence[bytes], stride: int) -> bool:
    """Whether `content` is one of `allowed`, or one that is being overwritten by another: all bytes sent so far are the
    new one's, all others the old one's. Bytes are sent row by row of `stride` bytes or column by column, from either
    end of a row."""
    values = np.frombuffer(content, dtype=np.uint8)
    pictures = [np.frombuffer(picture, dtype=np.uint8) for picture in allowed if len(picture) == len(content)]
    fits = [values == picture for picture in pictures]
    if any(fit.all() for fit in fits):
        return True
    for one in range(len(pictures)):
        for other in range(one):
            if not (fits[one] | fits[other]).all():
                continue
            sent = fits[one].reshape(-1, stride)
            differing = (pictures[one] != pictures[other]).reshape(-1, stride)
            for taken in (
                sent[differing],
                sent[:, ::-1][differing[:, ::-1]],
                sent.T[differing.T],
                sent.T[::-1][differing.T[::-1]],
            ):
                if np.count_nonzero(taken[1:] != taken[:-1]) <= 1:
                    return True
    return False


def planes_blank(pad: Looked, reference: Blank) -> bool:
    """R7: each plane is all white, all black or equal to that of the blank pad (at READY, AWAY, PAYMENT), or is being
    overwritten from one of these to another. Nothing else counts as blank."""
    pages = ((reference.bw, reference.red), *(page.planes for page in reference.locked))
    return all(
        one_or_other(
            bytes(plane), [bytes(len(plane)), b"\xff" * len(plane), *drawn], pad.panel.silicon.width // 8
        )
        for plane, *drawn in zip((pad.panel.bw, pad.panel.red), *pages, strict=True)
    )


def residue(pad: VirtualPad, searcher: Searcher) -> int:
    """Hits in R2 to R5 and R9."""
    touched = searcher.touch_hits(pad.touch.registers)
    return touched + sum(searcher.search(content).hits for content in volatile(pad).values())
