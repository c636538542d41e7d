"""pad_side: runs the virtual pad in its own process, serves its line, writes on demand and times the wipe."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import time
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.scenario import SETTLED_MS
from kesu.spec.call_line import MAY_WIPE, WRAP_UP
from kesu.verify import notes
from kesu.verify.search import measure, on_glass
from kesu.verify.search.measure import Blank, PointLog
from kesu.verify.search.searcher import Searcher
from kesu.virtual_port.pace import SLICE_NS
from kesu.virtual_port.server import LineServer

from kesu_dev.rehearsal.peers import PATIENCE_S

FINE_NS = 200_000
"""Emulated polling interval while waiting for R1."""
WIPING = (*MAY_WIPE.decode(), "DTR off")
"""Events on the call line that may end a note."""
AFTER_CALL_WORK = WRAP_UP.decode()
BEGUN_MS = 100.0
"""Time by which a requested wipe has begun and DSR is low."""


class PadTrouble(KesuError):
    """The pad's process did not answer."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=Exit.INTERNAL)


@dataclass(frozen=True)
class Happening:
    """One action of the PC on the line: seconds since the epoch, and ms on the pad's clock."""

    what: str
    at_s: float
    pad_ms: float


@dataclass(frozen=True)
class Report:
    """How the note ended. `r1_ms`: emulated ms from the wiping event to R1 zero; None: never."""

    happenings: list[Happening]
    wiped_by: Happening | None
    r1_ms: float | None
    blank: bool
    hits: int
    glass_clean: bool
    bytes_sent: int


@dataclass
class _Note:
    reference: Blank
    log: PointLog | None = None
    rests_at_ms: float | None = None
    searcher: Searcher | None = None
    ink: Any = None
    wiped_by: Happening | None = None
    r1_ms: float | None = None
    happenings: list[Happening] = field(default_factory=list)


class PadSide:
    """The parent's end. `pad` is ready and is not changed: the child has a copy of it."""

    def __init__(self, pad: VirtualPad, reference: Blank) -> None:
        fork = get_context("fork")
        self._pipe, there = fork.Pipe()
        self._process = fork.Process(target=_serve, args=(pad, reference, there), daemon=True)
        self._process.start()
        there.close()
        self.url: str = self._answer()

    def ask(self, question: str) -> Any:
        """Ask the child "state", "write" or "report"; returns its answer."""
        self._pipe.send(question)
        return self._answer()

    def close(self) -> None:
        """End the child."""
        self._process.kill()
        self._process.join(PATIENCE_S)
        self._pipe.close()

    def _answer(self) -> Any:
        try:
            if self._pipe.poll(PATIENCE_S):
                return self._pipe.recv()
        except EOFError:
            pass
        raise PadTrouble("the virtual pad's process has ended or does not answer")


def _serve(pad: VirtualPad, reference: Blank, pipe: Connection) -> None:
    child = _Child(pad, reference, pipe)
    pipe.send(child.server.url)
    child.server.serve(lambda: False, child.turned)


class _Child:
    def __init__(self, pad: VirtualPad, reference: Blank, pipe: Connection) -> None:
        self._pad = pad
        self._pipe = pipe
        self._note = _Note(reference)
        self._reporting = False
        self.server = LineServer(pad, happened=self._happened)

    def turned(self) -> None:
        """Called after every slice of emulated time."""
        note = self._note
        if note.wiped_by is not None and note.r1_ms is None and self._owners_blank():
            note.r1_ms = self._pad.now_ms - note.wiped_by.pad_ms
            self.server.pace.slice_ns = SLICE_NS
        if note.rests_at_ms is not None and self._pad.now_ms >= note.rests_at_ms:
            note.rests_at_ms = None
            self._pipe.send(self._found_before())
        if self._reporting and self.server.port.dsr and note.r1_ms is not None:
            self._reporting = False
            self._pipe.send(self._report())
        if self._pipe.poll():
            self._asked(self._pipe.recv())

    def _asked(self, question: str) -> None:
        if question == "state":
            self._pipe.send(
                (self.server.port.dtr, self._rests(), [one.what for one in self._note.happenings])
            )
        elif question == "write":
            self._note.log = PointLog(self._pad)
            written = notes.note("scribble", 6)
            self._note.rests_at_ms = self._pad.now_ms + notes.play(self._pad, written) + SETTLED_MS
        elif question == "report":
            self._reporting = True

    def _happened(self, what: str) -> None:
        happening = Happening(what, time.time(), self._pad.now_ms)
        self._note.happenings.append(happening)
        note = self._note
        # In after-call work the note lives on, until one of the others comes.
        first = note.wiped_by is None or (note.wiped_by.what == AFTER_CALL_WORK and note.r1_ms is None)
        if note.searcher is not None and first and what in WIPING:
            note.wiped_by = happening
            self.server.pace.slice_ns = FINE_NS

    def _rests(self) -> bool:
        """Whether the pad is blank and ready, and no requested wipe is still about to begin."""
        asked_ms = max((one.pad_ms for one in self._note.happenings if one.what in WIPING), default=0.0)
        return self.server.port.dsr and self._pad.now_ms - asked_ms > BEGUN_MS

    def _found_before(self) -> int:
        """The positive control: hits of the note everywhere on the pad."""
        note, pad = self._note, self._pad
        if note.log is None:
            return 0
        wanted, _ = measure.note_needles(pad, note.log.points, note.reference)
        note.ink = on_glass.ink_pixels(pad.panel.page(), note.reference)
        note.searcher = Searcher(wanted)
        return self._hits()

    def _hits(self) -> int:
        if self._note.searcher is None:
            return 0
        return sum(one.hits for one in measure.search_everything(self._pad, self._note.searcher).values())

    def _owners_blank(self) -> bool:
        return measure.owners_blank(self._pad, self._note.reference)

    def _report(self) -> Report:
        note, pad = self._note, self._pad
        return Report(
            note.happenings,
            note.wiped_by,
            note.r1_ms,
            measure.planes_blank(pad, note.reference),
            self._hits(),
            bool(pad.glass.clean(note.ink)),
            pad.host.bulk_in_bytes,
        )
