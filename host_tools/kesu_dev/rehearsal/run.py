"""run: runs cases on copies of one booted pad, and judges the results."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kesu.common.errors import Exit, KesuError
from kesu.emulator import scenario
from kesu.emulator.board.pad import VirtualPad
from kesu.verify.search import measure

from kesu_dev.rehearsal.cases import Case
from kesu_dev.rehearsal.pad_side import Report
from kesu_dev.rehearsal.peers import CALLER, PeerTrouble, programs, wait_until
from kesu_dev.rehearsal.stage import Stage, set_up

ATTEMPTS = 3
R1_BOUND_MS = 5.0
"""The wipe's bounds of docs/guarantee.md."""


@dataclass(frozen=True)
class Ending:
    """How one call ended.

    found: hits of the note before. on_line_ms: real ms from the edge (a request on the wire, or the cause)
    to the pad's line. r1_ms: emulated ms from there to R1 zero. received: what reached the line, in order.
    faults: empty on success.
    """

    case: str
    edge: str
    found: int
    on_line_ms: float
    r1_ms: float | None
    wiped_by: str
    received: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def end_to_end_ms(self) -> float:
        """Sum of both: real time, then emulated time."""
        return self.on_line_ms + (self.r1_ms or 0.0)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"end_to_end_ms": self.end_to_end_ms}


def rehearse(
    uf2: Path, cases: Sequence[Case], seed: int = 1, progress: Callable[[int, str], None] = lambda *_: None
) -> list[Ending]:
    """Play `cases` on the image, each with its own softphone, caller and agent, on copies of one booted
    pad.

    Raises KesuError when a program is missing or the pad does not become ready, PeerTrouble when a peer
    fails.
    """
    missing = programs()
    if missing:
        raise KesuError(
            f"not installed here: {', '.join(missing)}",
            hint="Debian: apt-get install baresip-core sip-tester dbus-daemon",
            code=Exit.UNAVAILABLE,
        )
    progress(0, "booting the pad")
    pad = scenario.boot_pad(uf2, seed=seed, line=False)
    reference = measure.blank(pad)
    endings = []
    for number, case in enumerate(cases):
        progress(number, case.name)
        endings.append(_played(pad, reference, case))
    return endings


def _played(pad: VirtualPad, reference: measure.Blank, case: Case) -> Ending:
    """Run a case; repeat it if a peer fails, or if the agent loses it before the end, as on a busy machine: such
    a run has no result."""
    attempt = 1
    while True:
        try:
            with tempfile.TemporaryDirectory(prefix="kesu-rehearsal-") as folder:
                return _play(Path(folder), pad, reference, case)
        except PeerTrouble:
            if attempt == ATTEMPTS:
                raise
            attempt += 1


def _play(folder: Path, pad: VirtualPad, reference: measure.Blank, case: Case) -> Ending:
    with set_up(folder, pad, reference, lockable=case.lockable) as stage:
        try:
            return _on_stage(stage, case)
        finally:
            # A phone that crashes ends the call in a way that no case is about.
            if stage.phone.crashed:
                raise PeerTrouble(f"{case.name}: baresip crashed ({stage.phone.crashed})")


def _on_stage(stage: Stage, case: Case) -> Ending:
    stage.call(case.scenario)
    if case.answered:
        stage.answer()
    found = int(stage.pad.ask("write"))
    stage.at_once()
    case.cause(stage)
    report: Report = stage.pad.ask("report")
    edge_s = _edge(stage, case)
    if report.wiped_by is not None and report.wiped_by.at_s < stage.began_s:
        raise PeerTrouble(f"{case.name}: the line fell before the call ended")
    log = stage.folder / "agent.log"
    logged = log.read_text(encoding="utf-8") if log.exists() else ""
    return judge(case, found, edge_s, report, logged)


def _edge(stage: Stage, case: Case) -> float:
    caller = stage.caller
    if not case.request or caller is None:
        return stage.began_s
    wait_until(lambda: caller.seen(case.request) is not None, f"{case.request} on the wire")
    seen = caller.seen(case.request)
    return stage.began_s if seen is None else seen


def judge(case: Case, found: int, edge_s: float, report: Report, logged: str) -> Ending:
    """Faults of how a call ended. `edge_s`: seconds since the epoch."""
    wiped_by = report.wiped_by
    if wiped_by is None:
        raise PeerTrouble(f"{case.name}: nothing reached the pad")
    faults = []
    if found == 0:
        faults.append("the note was not found before: the case proves nothing")
    if wiped_by.what != case.wiped_by:
        faults.append(f"wiped by {wiped_by.what}, not by {case.wiped_by}")
    if report.r1_ms is None or report.r1_ms > R1_BOUND_MS:
        faults.append(f"R1 zero after {report.r1_ms} ms")
    if report.hits:
        faults.append(f"{report.hits} of the note left")
    if not report.blank or not report.glass_clean:
        faults.append("planes or glass not blank")
    if report.bytes_sent:
        faults.append("the pad has sent bytes")
    if CALLER in logged:
        faults.append("the agent's log holds the caller's number")
    return Ending(
        case.name,
        case.request or "cause",
        found,
        (wiped_by.at_s - edge_s) * 1_000.0,
        report.r1_ms,
        wiped_by.what,
        tuple(one.what for one in report.happenings),
        tuple(faults),
    )
