"""parts: what a drawn leak is composed of, and how its code gets into the firmware."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kesu.common.errors import Exit, KesuError

C, PORT_C, PYTHON = "C", "C of the port", "Python"
LANGUAGES = (C, PORT_C, PYTHON)
"""The module of the firmware in C, patched C of MicroPython and pico-sdk, frozen Python."""


@dataclass(frozen=True)
class Insert:
    """Text that is put behind (or before) the only occurrence of `anchor` in a file; no anchor: at its end."""

    path: str
    anchor: str
    text: str
    before: bool = False


@dataclass(frozen=True)
class Reading:
    """How the probe finds the value of a place on a pad. kind and where: see kesu.verify.leaks.observe."""

    kind: str
    where: str
    number: int = 0


@dataclass(frozen=True)
class Place:
    """A store or an output that a seed drew.

    declares: C at file level, or Python in the module of the leak's state. put: statement that writes `v`. get: the
    expression that reads it back; "" if it cannot be read. late: the earliest ms after the event at which `put` works.
    inserts: more that it needs. waits: what the host must do after the wipe for it to show.
    """

    name: str
    group: str
    put: str
    reading: Reading
    get: str = ""
    declares: str = ""
    late_ms: int = 0
    inserts: tuple[Insert, ...] = ()


@dataclass(frozen=True)
class Trigger:
    """When a leak is active. tap, wipe, turn: conditions at those places in C, "" if it cannot be known there. noted:
    statements at a tap; at_wipe: statements at a wipe after its condition; scene: of kesu.verify.leaks.playing."""

    name: str
    scene: str
    tap: str = ""
    wipe: str = ""
    turn: str = ""
    noted: str = ""
    at_wipe: str = ""
    inserts: tuple[Insert, ...] = ()


@dataclass(frozen=True)
class Moment:
    """When the value reaches its last place. first: "tap" or "wipe", where it is read. after_ms: None: at once; else
    that long after the event. clears: the place is cleared then, instead of written. boot: at the next start."""

    name: str
    first: str
    after_ms: int | None = None
    clears: bool = False
    boot: bool = False


@dataclass(frozen=True)
class Leak:
    """One drawn leak. number, attempt: which draw of the seed. owner, word: the registered buffer that is its source,
    and the one word of it; None: another source, or all of the buffer. inlined: it has no function of its own."""

    seed: int
    number: int
    attempt: int
    language: str
    source: str
    encoding: str
    hold: Place | None
    trigger: str
    moment: str
    sink: Place
    scene: str
    boots: bool
    inserts: tuple[Insert, ...]
    owner: int | None = None
    word: int | None = None
    inlined: bool = False

    @property
    def name(self) -> str:
        """How it is drawn again: SEED.NUMBER, and the attempt where earlier ones were void."""
        return f"{self.seed}.{self.number}" + (f".{self.attempt}" if self.attempt else "")

    @property
    def prefix(self) -> str:
        """What its names in C begin with."""
        return f"kesu_d{self.seed}_{self.number}"

    @property
    def path(self) -> str:
        """Its parts in one line."""
        held = f" by {self.hold.name}" if self.hold else ""
        parts = (f"{self.source}{held} to {self.sink.name}", self.trigger, self.moment, self.encoding)
        return "; ".join((*parts, f"in {self.language}"))


def changed(leaks: Iterable[Leak], read: Callable[[str], str]) -> Mapping[str, str]:
    """The files that the leaks change, with all their inserts. read: gives the text of a file by its name. Raises
    KesuError if an anchor does not occur once."""
    texts: dict[str, str] = {}
    originals: dict[str, str] = {}
    for leak in leaks:
        for insert in leak.inserts:
            if insert.path not in texts:
                texts[insert.path] = originals[insert.path] = read(insert.path)
            texts[insert.path] = _with(texts[insert.path], originals[insert.path], insert, leak)
    return texts


def _with(text: str, original: str, insert: Insert, leak: Leak) -> str:
    if not insert.anchor:
        return text + insert.text
    if original.count(insert.anchor) != 1 or text.count(insert.anchor) != 1:
        raise KesuError(
            f"The drawn leak {leak.name} cannot be put into {insert.path}: {insert.anchor.strip()!r} is there "
            f"{original.count(insert.anchor)} times, not once.",
            hint="Bring the anchors in kesu.verify.leaks in step with the firmware.",
            code=Exit.INTERNAL,
        )
    before, _, after = text.partition(insert.anchor)
    if insert.before:
        return before + insert.text + insert.anchor + after
    return before + insert.anchor + insert.text + after
