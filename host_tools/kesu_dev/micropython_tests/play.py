"""play: one booted board, forked for each test, so that no test sees what another left."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.core.fork import Failed, Job, Send, run_jobs

from kesu_dev.benchmarks.console import Console
from kesu_dev.micropython_tests.suite import SKIP, Test

PASS, SKIPPED, FAILS, NEVER_ENDS = "pass", "skip", "fails", "does not end"
LIMIT_MS = 40_000.0
"""Emulated time for one test; the longest takes about 20 s."""
_END = b"\x04"
_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_STEP_MS = 20.0
_RESET_MS = 10_000.0


@dataclass(frozen=True)
class Outcome:
    """What became of a test. printed: the end of its output, for one that does not pass."""

    name: str
    result: str
    printed: str = ""


def board(uf2: Path, seed: int = 1) -> VirtualPad:
    """A pad with a service image, in raw mode after a soft reset: its program is not running."""
    pad = VirtualPad(uf2, seed=seed)
    pad.power_on()
    pad.host.attach()
    Console(pad)
    seen = len(pad.host.received)
    pad.host.write(_END)
    pad.run_until(lambda: pad.host.received.find(_BANNER, seen) >= 0, _RESET_MS, _STEP_MS)
    return pad


def play(pad: VirtualPad, test: Test) -> Outcome:
    """Run one test on that board, which cannot be used again."""
    reason = test.skipped
    if reason:
        return Outcome(test.name, SKIPPED, reason)
    if test.wired:
        port = pad.emulator.mcu.uart[0]
        port.on_byte, port.on_break = port.feed_byte, port.feed_break
    received = pad.host.received
    seen = len(received)
    pad.host.write(test.path.read_bytes() + _END)

    def ended() -> bool:
        return received.count(_END, seen) >= 2

    try:
        pad.run_until(ended, LIMIT_MS, _STEP_MS)
    except EmulationTimeout:
        return Outcome(test.name, NEVER_ENDS, _tail(bytes(received[seen:])))
    printed, error, *_ = bytes(received[seen:]).removeprefix(b"OK").split(_END)
    if printed.replace(b"\r\n", b"\n").endswith(SKIP):
        return Outcome(test.name, SKIPPED, "says SKIP")
    if not error and test.passes(printed):
        return Outcome(test.name, PASS)
    return Outcome(test.name, FAILS, _tail(printed + error))


def _tail(printed: bytes) -> str:
    return printed.decode(errors="replace")[-400:]


def run(pad: VirtualPad, chosen: Sequence[Test], processes: int) -> Iterator[Outcome]:
    """The outcomes of all tests, as they come."""

    def work(test: Test) -> Job[Outcome]:
        def alone(send: Send[Outcome]) -> None:
            send(play(pad, test))

        return Job(test.name, alone, 1, 1.0)

    for job, outcome in run_jobs([work(test) for test in chosen], processes):
        if isinstance(outcome, Failed):
            yield Outcome(job.name, NEVER_ENDS if outcome.lost else FAILS, outcome.text)
        else:
            yield outcome
