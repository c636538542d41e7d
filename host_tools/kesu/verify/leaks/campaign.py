"""campaign: draws leaks by seed, shows that each is one, and lets the checks try to notice it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.emulator.core.executor import Executor, Task
from kesu.emulator.core.fork import Failed
from kesu.verify.leaks.drawing import draw
from kesu.verify.leaks.field import Field, field_of
from kesu.verify.leaks.ground import Void
from kesu.verify.leaks.group import Grouped, Spent, Tried, fits
from kesu.verify.leaks.judging import Judge, Verdict
from kesu.verify.leaks.naming import Source
from kesu.verify.leaks.parts import Leak

MOST_ATTEMPTS = 60
GROUP = 12
"""Leaks of one task, which share an image as far as they can."""
LEAK_S = 5.0


@dataclass(frozen=True)
class Outcome:
    """What became of one drawn leak. presence: when its ink was seen; caught_by: the check that noticed it, "" if none
    did; voids: draws before it that held no ink, each with the reason; seconds: of CPU, its share of the group's."""

    name: str
    board: str
    panel: str
    path: str
    group: str
    trigger: str
    moment: str
    language: str
    presence: str
    caught_by: str
    detail: str
    voids: tuple[str, ...]
    build_s: float
    probe_s: float
    judge_s: float

    @property
    def survived(self) -> bool:
        return not self.caught_by

    @property
    def number(self) -> int:
        """Its number in the seed."""
        return int(self.name.split(".")[1])


Work = Callable[[str, str, int, tuple[int, ...]], list[Outcome]]
"""Called with board, panel, seed and numbers."""


class _Draws:
    """The draws of one number: the next attempt each time that it was void."""

    def __init__(self, field: Field, seed: int, number: int) -> None:
        self._field, self._seed, self.number = field, seed, number
        self._attempt = -1
        self.voids: list[str] = []
        self.leak: Leak | None = None
        self.tried: Tried | None = None

    def again(self) -> None:
        """Draw until something could hold ink. Raises KesuError when that takes too long."""
        if self.leak is not None and self.tried is not None:
            self.voids.append(f"{self.leak.name}: {self.leak.path}: {self.tried.why}")
        while self._attempt < MOST_ATTEMPTS:
            self._attempt += 1
            try:
                self.leak = draw(self._field.ground, self._seed, self.number, self._attempt)
                self._field.probe.demand_ink(self.leak)
                return
            except Void as error:
                self.voids.append(f"{self._seed}.{self.number}.{self._attempt}: {error}")
        raise KesuError(
            f"None of {MOST_ATTEMPTS} draws of {self._seed}.{self.number} holds ink.",
            hint="Draw with another seed.",
            code=Exit.INTERNAL,
        )


def outcomes_of(board: str, panel: str, seed: int, numbers: Sequence[int], by: Judge) -> list[Outcome]:
    """Draw the leaks with these numbers until each holds ink, and judge them, together as far as they fit. Raises
    KesuError if one cannot be drawn."""
    field, spent = field_of(board, panel), Spent()
    grouped = Grouped(field, seed, spent, by)
    draws = [_Draws(field, seed, number) for number in numbers]
    with spent.measured("probe"):
        for one in draws:
            one.again()
    wanted = draws
    while wanted:
        for part in _fitting(wanted, field.source):
            by_name = {one.leak.name: one for one in part if one.leak}
            for tried in grouped.tried([one.leak for one in part if one.leak]):
                by_name[tried.leak.name].tried = tried
        wanted = [one for one in draws if not (one.tried and one.tried.presence)]
        with spent.measured("probe"):
            for one in wanted:
                one.again()
    verdicts = {one.tried.leak.name: one.tried.verdict for one in draws if one.tried and one.tried.verdict}
    second = by.profile.checks[1 % len(by.profile.checks)]
    undecided = [one for one in draws if one.leak and one.leak.name not in verdicts]
    for part in _fitting(undecided, field.source):
        for leak, verdict in grouped.verdicts([one.leak for one in part if one.leak], second):
            verdicts[leak.name] = verdict
    found = [_outcome(one, verdicts, board, panel) for one in draws]
    share = [round(seconds / len(found), 2) for seconds in (spent.build, spent.probe, spent.judge)]
    return [
        Outcome(**(asdict(one) | dict(zip(("build_s", "probe_s", "judge_s"), share, strict=True))))
        for one in found
    ]


def _outcome(one: _Draws, verdicts: Mapping[str, Verdict], board: str, panel: str) -> Outcome:
    leak, tried = one.leak, one.tried
    assert leak is not None
    assert tried is not None
    verdict = verdicts[leak.name]
    return Outcome(
        leak.name,
        board,
        panel,
        leak.path,
        leak.sink.group,
        leak.trigger,
        leak.moment,
        leak.language,
        tried.presence,
        verdict.check,
        verdict.detail,
        tuple(one.voids),
        0.0,
        0.0,
        0.0,
    )


def _fitting(draws: Sequence[_Draws], source: Source) -> Iterator[list[_Draws]]:
    """Groups of leaks that fit into one image."""
    left = list(draws)
    while left:
        chosen: list[_Draws] = []
        leaks: list[Leak] = []
        for one in list(left):
            assert one.leak is not None
            if fits(one.leak, leaks, source):
                chosen.append(one)
                leaks.append(one.leak)
                left.remove(one)
        yield chosen


def run(
    executor: Executor,
    work: Work,
    board: str,
    panel: str,
    seed: int,
    numbers: Sequence[int],
    kept: Path | None = None,
) -> Iterator[Outcome | Failed]:
    """Outcomes of the leaks of a seed with these numbers, as they come. work: a function of a module, as `outcomes_of`
    with its judge; kept: a file of earlier outcomes, which are not drawn again, and to which new ones are added."""
    known = {one.number: one for one in read(kept, board, panel, seed)} if kept else {}
    yield from (known[number] for number in numbers if number in known)
    left = [number for number in numbers if number not in known]
    parts = [tuple(left[at : at + GROUP]) for at in range(0, len(left), GROUP)]
    tasks = [
        Task(
            f"leaks {seed}.{part[0]} to {part[-1]}",
            work,
            (board, panel, seed, part),
            LEAK_S * len(part),
        )
        for part in parts
    ]
    if tasks:
        field_of(board, panel)  # before processes fork
    for _, result in executor.run(tasks):
        if isinstance(result, Failed):
            yield result
            continue
        if kept is not None:
            with kept.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(asdict(one)) + "\n" for one in result)
        yield from result


def read(kept: Path, board: str, panel: str, seed: int) -> list[Outcome]:
    """The outcomes of a board, a panel and a seed in a file of `run`; none if there is no file."""
    if not kept.is_file():
        return []
    lines = map(json.loads, kept.read_text(encoding="utf-8").splitlines())
    found = [Outcome(**(entry | {"voids": tuple(entry["voids"])})) for entry in lines]
    return [
        one for one in found if (one.board, one.panel) == (board, panel) and one.name.startswith(f"{seed}.")
    ]
