"""batch: many jobs at once, a progress line for each, one table at the end."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import signal
import sys
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TextIO

from kesu.common.errors import Exit
from kesu.devices.flash import steps
from kesu.devices.flash.job import Job
from kesu.devices.flash.plan import Outcome
from kesu.devices.flash.steps import Step

_BAR = 20


class Board:
    """A line for each pad. On a terminal the lines are redrawn in place, elsewhere each new step is a
    line."""

    def __init__(self, names: Sequence[str], stream: TextIO | None = None, mark: str = "") -> None:
        """mark: begins every line."""
        self._mark = f"{mark} " if mark else ""
        self._stream = stream if stream is not None else sys.stderr
        self._live = self._stream.isatty()
        self._lines = {name: (Step.WAIT, 0) for name in names}
        self._lock = threading.Lock()
        self._drawn = False

    def show(self, name: str, step: Step, percent: int) -> None:
        """Show the progress of a pad."""
        with self._lock:
            before, self._lines[name] = self._lines[name], (step, percent)
            if self._live:
                self._redraw()
            elif before[0] is not step:
                self._stream.write(f"{self._mark}{name}: {step.value}\n")
                self._stream.flush()

    def _redraw(self) -> None:
        width = max(len(name) for name in self._lines)
        back = f"\x1b[{len(self._lines)}A" if self._drawn else ""
        self._drawn = True
        rows = []
        for name, (step, percent) in self._lines.items():
            filled = _BAR * percent // 100
            rows.append(f"\r\x1b[K{self._mark}{name:{width}} [{'#' * filled:.<{_BAR}}] {step.value}\n")
        self._stream.write(back + "".join(rows))
        self._stream.flush()


def run_all(jobs: Sequence[Job], cancelled: threading.Event, workers: int) -> tuple[list[Outcome], bool]:
    """Outcomes in the order of the jobs, and whether Ctrl-C was pressed. A failed job does not stop the others."""
    with _cancelled_by_signals(cancelled), ThreadPoolExecutor(max_workers=workers) as pool:
        futures = [pool.submit(job.run) for job in jobs]
        wait(futures)
    return [_result(job, future) for job, future in zip(jobs, futures, strict=True)], cancelled.is_set()


@contextmanager
def _cancelled_by_signals(cancelled: threading.Event) -> Iterator[None]:
    """SIGINT and SIGTERM set `cancelled` and interrupt nothing: each job stops where it can report its state."""
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: cancelled.set()) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def exit_code(outcomes: Sequence[Outcome], interrupted: bool) -> Exit:
    """OK when every pad is as wanted."""
    if interrupted:
        return Exit.INTERRUPTED
    return Exit.NO if any(outcome.verdict.code for outcome in outcomes) else Exit.OK


def table(outcomes: Sequence[Outcome]) -> str:
    """One line for each pad, then what to do about pads that are not done."""
    head = ("pad", "serial", "chip", "result", "s", "note")
    rows = [
        (
            outcome.pad.name,
            outcome.pad.serial or "-",
            outcome.pad.chip.name if outcome.pad.chip else "-",
            outcome.verdict.word,
            f"{outcome.seconds:.1f}",
            outcome.note or outcome.proof,
        )
        for outcome in outcomes
    ]
    widths = [max(_width(row[column]) for row in [head, *rows]) for column in range(len(head) - 1)]
    lines = []
    for row in [head, *rows]:
        cells = [text + " " * (width - _width(text)) for text, width in zip(row, [*widths, 0], strict=True)]
        lines.append("  ".join(cells).rstrip())
    advice = {outcome.verdict.word: outcome.verdict.advice for outcome in outcomes if outcome.verdict.code}
    lines += ["", *(f"{word}: {text}." for word, text in advice.items())] if advice else []
    done = sum(outcome.verdict.code == 0 for outcome in outcomes)
    return "\n".join([*lines, "", f"{done} of {len(outcomes)} pads are done."])


def as_json(outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    """The `--json` output of each pad."""
    return [
        {
            "pad": outcome.pad.name,
            "port": outcome.pad.port_path,
            "serial": outcome.pad.serial,
            "chip": outcome.pad.chip.name if outcome.pad.chip else None,
            "result": outcome.verdict.word,
            "code": outcome.verdict.code,
            "step": outcome.step.name.lower(),
            "note": outcome.note,
            "proof": outcome.proof,
            "advice": outcome.verdict.advice,
            "seconds": round(outcome.seconds, 2),
        }
        for outcome in outcomes
    ]


def _result(job: Job, future: Future[Outcome]) -> Outcome:
    error = future.exception()
    if error is None:
        return future.result()
    note = f"an unexpected fault: {type(error).__name__}: {error}"
    return Outcome(job.pad, steps.TOOL_FAILED, job.step, note, "", 0.0)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
