"""pairs: noninterference: two pads of equal timing and different ink must be one pad after the wipe."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from kesu.verify.noninterference import compare
from kesu.verify.noninterference.compare import State
from kesu.verify.outcome import MaskEntry, Pair
from kesu.verify.scenes import notes
from kesu.verify.scenes.events import Event, by_label
from kesu.verify.scenes.notes import KINDS, Note
from kesu.verify.scenes.scenario import NS_PER_MS
from kesu.virtual.fork import fork_run
from kesu.virtual.pad import EmulationTimeout, VirtualPad

NO_INK = "no ink"
SETTLED_MS = 900.0
"""From the last stroke to the event: both pads have finished their refreshes."""
WOKEN_MS = 2_300.0
COMPARED_MS = 2_500.0
"""From the event's edge to the comparison: READY came at 1,800 ms, and the pad sleeps."""
RESTART_MS = 4_000.0
EVENTS = (
    "E1 WIPE key",
    "E12 RUN",
    "E2 byte E",
    "E5 AWAY key",
    "E6 byte K",
    "E13 power-on",
    "E7 DTR drops",
    "E9 unplugged",
    "E8 bus asleep",
    "E11 watchdog",
)
"""Events whose edge does not depend on when the pen was last seen, in an order that gives neighbours little
in common. E3, E4 and E10 begin where the loop stands, microseconds sooner or later (docs/guarantee.md)."""


@dataclass(frozen=True)
class Plan:
    """One pair to try. other None: against a pad that was never written on."""

    one: Note
    other: Note | None
    event: str
    seed: int

    @property
    def kind(self) -> str:
        return f"{self.one.kind} against {self.other.kind if self.other else NO_INK}"


@dataclass(frozen=True)
class Result:
    """What a pair gave, and how far apart its glasses were (L*)."""

    pair: Pair
    glass: float


def plans(seed: int, inks: int, events: Sequence[str]) -> list[list[Plan]]:
    """`inks` pairs of notes, each with every event of `events`; those of one ink together, since the pad is
    written on once for all of them. Every fifth is against no ink."""
    groups: list[list[Plan]] = []
    for index in range(inks):
        first = KINDS[index % len(KINDS)]
        second = KINDS[(index + 1 + index // len(KINDS)) % len(KINDS)]
        one, other = notes.pair(first, second, seed + index)
        groups.append([Plan(one, None if index % 5 == 4 else other, event, seed + index) for event in events])
    return groups


def run(pad: VirtualPad, group: Sequence[Plan], mask: Sequence[MaskEntry]) -> list[Result]:
    """All pairs of one ink, on forked copies of a ready pad."""
    duration = group[0].one.duration_ms
    names = [plan.event for plan in group]
    used = group[0].other is None
    states_one = fork_run(pad, lambda copy: _states(copy, group[0].one, duration, names, used))
    states_other = fork_run(pad, lambda copy: _states(copy, group[0].other, duration, names, used))
    return [
        _judge(pad, plan, one, other, mask)
        for plan, one, other in zip(group, states_one, states_other, strict=True)
    ]


def _judge(
    pad: VirtualPad, plan: Plan, one: State | str, other: State | str, mask: Sequence[MaskEntry]
) -> Result:
    number = by_label(plan.event).number
    if isinstance(one, str) or isinstance(other, str):
        reason = one if isinstance(one, str) else str(other)
        return Result(Pair(plan.kind, number, plan.seed, 0, (), reason), 0.0)
    allowed = [entry for entry in mask if plan.other is None or not entry.name.startswith(NO_INK)]
    found = compare.differences(pad, one, other, allowed)
    reason = ""
    return Result(Pair(plan.kind, number, plan.seed, one.size, found, reason), compare.residue(one, other))


def _states(
    pad: VirtualPad, ink: Note | None, duration_ms: float, events: Sequence[str], used: bool = False
) -> list[State | str]:
    """Write (or only wait as long), then each event on a copy of its own. used: an earlier call left its
    traces, a dot that was wiped: the touch chip's interrupt and bus have worked before on both pads."""
    if used:
        _earlier_call(pad)
    began, reports = pad.now_ms, pad.touch.reports
    if ink is not None:
        notes.play(pad, ink)
    pad.emulator.run_until_ns(round((began + duration_ms + SETTLED_MS) * NS_PER_MS))
    if ink is not None and pad.touch.reports == reports:
        return ["the pen was never seen: the pair shows nothing" for _ in events]
    return [fork_run(pad, partial(_after, event=by_label(name))) for name in events]


def _earlier_call(pad: VirtualPad) -> None:
    pad.touch.finger(200.0, 150.0)
    pad.run_for(50.0)
    pad.touch.lift()
    pad.run_for(SETTLED_MS)
    pad.host.write(b"E")
    pad.run_for(COMPARED_MS)


def _after(pad: VirtualPad, event: Event) -> State | str:
    began = pad.now_ms
    _cause(pad, event)
    # Both pads leave one sleep and enter the next at the same instant: its end is stored, and would tell when
    # the sleep before began. Closing the hook's contact begins a call and is no wipe event.
    pad.at(WOKEN_MS, lambda: pad.hook.press(bounce_ms=0.0))
    pad.emulator.run_until_ns(round((began + COMPARED_MS) * NS_PER_MS))
    if event.keeps_usb:
        try:
            pad.run_until(lambda: bool(pad.host.serial_state.dsr), RESTART_MS)
        except EmulationTimeout:
            return "the pad did not come back to READY"
    return compare.take(pad, began)


def _cause(pad: VirtualPad, event: Event) -> None:
    """The events of EVENTS look at nothing but the pad."""
    event.cause(_OnlyPad(pad))  # type: ignore[arg-type]


@dataclass(frozen=True)
class _OnlyPad:
    pad: VirtualPad
