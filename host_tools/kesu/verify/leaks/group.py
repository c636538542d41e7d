"""group: several leaks in one image: which can be together, which of them hold ink, and which the checks notice."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kesu.common.errors import KesuError
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import ForkError, ForkLost, fork_run
from kesu.emulator.scenario import NotReady
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.leaks.field import Field
from kesu.verify.leaks.judging import Judge, Judged, Verdict, in_turn, judge
from kesu.verify.leaks.naming import Source, functions_of
from kesu.verify.leaks.parts import PYTHON, Leak
from kesu.verify.scenes import scenario

JUDGE_S = 3_600.0
NOT_READY = "liveness"
BOOT_CPU_S = 15.0
"""Processor time of a start, thirty times that of one without a leak, here and on the Pico 2."""
LOOK_MS = 10.0
OF_THE_PAD = ("kesu.emulator.", "rp2040py.")
"""Modules whose exceptions are failures of a pad."""


@dataclass
class Spent:
    """CPU seconds by step, forks included."""

    build: float = 0.0
    probe: float = 0.0
    judge: float = 0.0

    def measured(self, step: str) -> _Stopwatch:
        """Adds what passes in a `with` block to that step."""
        return _Stopwatch(self, step)


class _Stopwatch:
    def __init__(self, spent: Spent, step: str) -> None:
        self._spent, self._step = spent, step

    def __enter__(self) -> None:
        self._began = cpu_s()

    def __exit__(self, *_: object) -> None:
        setattr(self._spent, self._step, getattr(self._spent, self._step) + cpu_s() - self._began)


def cpu_s() -> float:
    """CPU seconds of this process and its ended children."""
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def fits(leak: Leak, others: Sequence[Leak], source: Source) -> bool:
    """Whether a leak can be in one image with others: all places differ, at most one of them moves the time of a
    refresh, or changes what the panel shows, and no two are parts of the same function, which findings name."""
    taken = set().union(*(_taken(one, source) for one in others))
    return not taken & _taken(leak, source)


def _taken(leak: Leak, source: Source) -> set[str]:
    found = {
        place.name for place in (leak.sink, leak.hold) if place is not None and place.reading.kind != "marker"
    }
    reading = leak.sink.reading
    if reading.kind in ("line", "refreshes", "planes", "pins", "panel"):
        found.add(f"{reading.kind} {reading.where} {reading.number}")
    if reading.kind in ("refreshes", "planes", "line"):
        found.add("the host or the glass")
    if leak.language == PYTHON or leak.inlined:
        found |= functions_of(leak, source)
    if leak.language == PYTHON and "byte" in leak.sink.name:
        found.add("the host or the glass")
    return found


@dataclass(frozen=True)
class Tried:
    """What the image of a leak showed. presence: when its ink was seen, "" for a void one; verdict: None if it has to
    be judged without the others; why: it is void."""

    leak: Leak
    presence: str
    verdict: Verdict | None = None
    why: str = "no ink was seen in its place"


class Grouped:
    """Works on groups of leaks of one field."""

    def __init__(self, field: Field, seed: int, spent: Spent, by: Judge) -> None:
        self._field, self._seed, self._spent, self._by = field, seed, spent, by

    def tried(self, leaks: Sequence[Leak]) -> Iterator[Tried]:
        """Whether each leak holds ink and, as far as findings in the same image name them, the verdict on those that
        do. Leaks with which the pad does not become READY, or costs too much, are found by halves."""
        with tempfile.TemporaryDirectory(prefix="kesu-leaks-") as folder:
            built = self._pad(leaks, Path(folder))
            seen = None if isinstance(built, str) else self._seen(leaks, *built)
            if not isinstance(built, str) and seen is not None:
                present = [leak for leak in leaks if seen[leak.name]]
                verdict = Verdict("", "")
                if present:
                    with self._spent.measured("judge"):
                        verdict = self._judged(present, "", *built, alone=len(leaks) == 1)
                for leak in leaks:
                    decided = leak.name in verdict.named or (leak in present and len(leaks) == 1)
                    detail = verdict.named.get(leak.name, verdict.detail)
                    yield Tried(leak, seen[leak.name], replace(verdict, detail=detail) if decided else None)
                return
        if len(leaks) == 1:
            yield Tried(leaks[0], "", why=built if isinstance(built, str) else "its emulation takes too long")
            return
        middle = len(leaks) // 2
        yield from self.tried(leaks[:middle])
        yield from self.tried(leaks[middle:])

    def _seen(self, leaks: Sequence[Leak], image: BuiltImage, pad: VirtualPad) -> dict[str, str] | None:
        """When the ink of each was seen; None if one of several costs too much to emulate."""
        with self._spent.measured("probe"):
            try:
                return self._field.probe.present(leaks, image, pad)
            except ForkLost:
                return None

    def verdicts(self, leaks: Sequence[Leak], first: str = "") -> Iterator[tuple[Leak, Verdict]]:
        """The verdict on each leak; first: the check to begin with. A group of which no check notices anything has
        survived as a whole. Otherwise the leaks that findings name are caught, and the others are judged again without
        them, from the next check on; if none is named, by halves."""
        if not leaks:
            return
        with tempfile.TemporaryDirectory(prefix="kesu-leaks-") as folder:
            built = self._pad(leaks, Path(folder))
            if isinstance(built, str):
                verdict = Verdict(NOT_READY, built)
            else:
                with self._spent.measured("judge"):
                    verdict = self._judged(leaks, first, *built)
        if not verdict.check:
            yield from ((leak, verdict) for leak in leaks)
        elif len(leaks) == 1:
            yield leaks[0], verdict
        elif verdict.named:
            for leak in leaks:
                if leak.name in verdict.named:
                    yield leak, replace(verdict, detail=verdict.named[leak.name])
            following = in_turn(self._by.profile.checks, verdict.check)[1 % len(self._by.profile.checks)]
            yield from self.verdicts([leak for leak in leaks if leak.name not in verdict.named], following)
        else:
            middle = len(leaks) // 2
            again = verdict.check if verdict.check in self._by.profile.checks else first
            yield from self.verdicts(leaks[:middle], again)
            yield from self.verdicts(leaks[middle:], again)

    def _judged(
        self, leaks: Sequence[Leak], first: str, image: BuiltImage, pad: VirtualPad, alone: bool = False
    ) -> Verdict:
        judged = Judged(leaks, image, self._seed, self._field.source, alone or len(leaks) == 1)
        try:
            return fork_run(pad, lambda copy: judge(judged, copy, self._by, first), JUDGE_S)
        except ForkLost:
            raise  # this machine, not the leak
        except ForkError as error:
            last = str(error).strip().splitlines()[-1]
            if not last.startswith(OF_THE_PAD):
                raise  # an error of the checks, which notices nothing
            return Verdict(NOT_READY, last)

    def _pad(self, leaks: Sequence[Leak], place: Path) -> tuple[BuiltImage, VirtualPad] | str:
        """The image of these leaks and a pad with it, READY; or why it does not come so far."""
        with self._spent.measured("build"):
            try:
                image = self._field.image(leaks, place / "image")
            except KesuError as error:
                return f"it does not build: {' '.join(error.message.split())[:160]}"
            limit = _BootLimit()
            try:
                pad = scenario.boot(image, 1, fit=limit.watch)
            except NotReady:
                return "the pad does not become READY"
            except _TooLongError:
                return "its start takes too long to emulate"
            limit.ended = True
            _ = pad.memory_map  # read now: the files are removed
            return image, pad


class _TooLongError(Exception):
    """A start has taken BOOT_CPU_S."""


class _BootLimit:
    """Ends a start that a leak makes endless to emulate, for example one that stores to a register for ever."""

    def __init__(self) -> None:
        self._began = time.thread_time()
        self.ended = False

    def watch(self, pad: VirtualPad) -> None:
        """Look now, and every LOOK_MS of the pad's time. Raises _TooLongError from there."""
        if self.ended:
            return
        if time.thread_time() - self._began > BOOT_CPU_S:
            raise _TooLongError
        pad.at(LOOK_MS, lambda: self.watch(pad))
