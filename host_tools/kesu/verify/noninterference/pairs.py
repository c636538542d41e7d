"""pairs: plays pairs of pads with equal timing and different ink, and compares their states after the wipe."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.core.fork import fork_run
from kesu.verify import notes
from kesu.verify.noninterference import compare, traffic
from kesu.verify.noninterference.compare import State
from kesu.verify.noninterference.families import Family
from kesu.verify.notes import Note
from kesu.verify.outcome import MaskEntry, Pair
from kesu.verify.scenes.events import HOLD_UP_S, Event, by_label
from kesu.verify.scenes.scenario import Policy
from kesu.verify.search.measure import PointLog

SETTLED_MS = 900.0
"""Time from the last stroke to the event, in which both pads finish their refreshes."""
SIGNS_MS = 400.0
"""Added to SETTLED_MS for the refresh of a sign that the host set."""
WOKEN_MS = 500.0
COMPARED_MS = 700.0
"""Time from READY to the comparison, after which the pad sleeps."""
FAULT_MS = 5_000.0
"""Time in which a fault is shown before the restart: white glass and page, 1.0 to 1.6 s, then 3 s of pause."""
RESTART_MS = 4_000.0
TIMEOUT_S = 600.0
"""Timeout for a note and all its events, on a busy machine."""


@dataclass(frozen=True)
class Result:
    """A judged pair, the greatest difference between its glasses (L*) and between the times of an answer to the host
    (us)."""

    pair: Pair
    glass: float
    answer_us: float = 0.0


def run(pad: VirtualPad, policy: Policy, group: Family, mask: Sequence[MaskEntry]) -> list[Result]:
    """All pairs of a family, in the order of Family.singles, on forked copies of a ready pad."""
    duration = group.inks[0].duration_ms

    def states(ink: Note | None) -> list[State | str]:
        return fork_run(pad, lambda copy: _states(copy, policy, ink, duration, group), TIMEOUT_S)

    reference = states(group.reference)
    return [
        _judge(pad, group, ink, event, one, other, mask)
        for ink in group.inks
        for event, one, other in zip(group.events, states(ink), reference, strict=True)
    ]


@dataclass(frozen=True)
class _Noted:
    """Input of the events of families.EVENTS, and the time from which messages to the host count (ms)."""

    pad: VirtualPad
    policy: Policy
    log: PointLog
    since_ms: float


def _judge(
    pad: VirtualPad,
    group: Family,
    ink: Note,
    event: str,
    one: State | str,
    other: State | str,
    mask: Sequence[MaskEntry],
) -> Result:
    pair = Pair(group.kind(ink), by_label(event).number, ink.seed, 0, ())
    if isinstance(one, str) or isinstance(other, str):
        return Result(replace(pair, reason=one if isinstance(one, str) else str(other)), 0.0)
    found = compare.differences(pad, one, other, compare.entries_for(pair.kind, mask))
    return Result(
        replace(pair, compared_bytes=one.size, differences=found),
        compare.residue(one, other),
        compare.answers_apart_us(one, other),
    )


def _states(
    pad: VirtualPad, policy: Policy, ink: Note | None, duration_ms: float, group: Family
) -> list[State | str]:
    """Write the note (or wait as long without ink), then play each event on its own copy."""
    if group.reference is None:
        _earlier_call(pad, policy)
    began, log = pad.now_ms, PointLog(pad)
    asked = traffic.talk(pad, duration_ms) if group.talks else []
    if ink is not None:
        notes.play(pad, ink)
    settled_ms = SETTLED_MS + (SIGNS_MS if group.talks else 0.0)
    pad.emulator.run_until_ns(round((began + duration_ms + settled_ms) * NS_PER_MS))
    if ink is not None and not log.points:
        return ["the pen was never seen: the pair shows nothing" for _ in group.events]
    if not all(answer.done for answer in asked):
        return ["the host was not answered: the pair shows nothing" for _ in group.events]
    # For pairs against no ink: ignore earlier messages, that is DCD, which only a note sets.
    noted = _Noted(pad, policy, log, pad.now_ms if group.reference is None else began)
    return [fork_run(noted, partial(_after, event=by_label(name), asked=asked)) for name in group.events]


def _earlier_call(pad: VirtualPad, policy: Policy) -> None:
    """Write and wipe a dot, so that the touch chip's interrupt and bus have been used on both pads."""
    pad.touch.finger(200.0, 150.0)
    pad.run_for(50.0)
    pad.touch.lift()
    pad.run_for(SETTLED_MS)
    pad.host.write(b"E")
    pad.run_for(policy.ready_after_ms + COMPARED_MS)


def _after(noted: _Noted, event: Event, asked: traffic.Answers) -> State | str:
    pad = noted.pad
    edge_ms = pad.now_ms
    ready_ms = event.cause(noted) + noted.policy.ready_after_ms  # type: ignore[arg-type]
    if event.number == "E10":
        ready_ms += FAULT_MS
    elif event.number == "E9":
        # Compare before the hold-up ends: a pad without power has no state.
        ready_ms = min(ready_ms, 1_000.0 * HOLD_UP_S - COMPARED_MS - 50.0)
    caused = pad.now_ms
    # Make both pads leave one sleep and enter the next at the same instant: the end of a sleep is stored and depends
    # on when the previous one began. Closing the hook's contact begins a call and is not a wipe event.
    pad.at(ready_ms + WOKEN_MS, lambda: pad.hook.press(bounce_ms=0.0))
    pad.emulator.run_until_ns(round((caused + ready_ms + COMPARED_MS) * NS_PER_MS))
    if event.keeps_usb:
        try:
            pad.run_until(lambda: bool(pad.host.serial_state.dsr), RESTART_MS)
        except EmulationTimeout:
            return "the pad did not come back to READY"
    return compare.take(pad, noted.since_ms, edge_ms, asked)
