"""pairs: plays pairs of pads with equal timing and different ink, and compares their states after the wipe."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from kesu.emulator.board.outputs import Outputs
from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.core.fork import fork_run
from kesu.spec.call_line import LOCKED
from kesu.verify.noninterference import compare, dictionary, structures, traffic
from kesu.verify.noninterference.compare import Since, State
from kesu.verify.noninterference.families import Family
from kesu.verify.noninterference.instants import POWER_MARGIN_MS, Instant, instants
from kesu.verify.notes import Note
from kesu.verify.outcome import Compared, MaskEntry, Pair
from kesu.verify.scenes.events import HOLD_UP_S, Event, by_label
from kesu.verify.scenes.scenario import Policy
from kesu.verify.scenes.usb_requests import Request
from kesu.verify.search.measure import PointLog
from kesu.verify.uses import judge

SETTLED_MS = 900.0
"""Time from the last stroke to the event, in which both pads finish their refreshes."""
SIGNS_MS = 400.0
"""Added to SETTLED_MS for the refresh of a sign that the host set."""
WOKEN_MS = 500.0
COMPARED_MS = 700.0
"""Time from READY to the comparison, after which the pad sleeps."""
LINGERING_MS = 3_600_000.0
"""Added for families that linger: longer than every deadline of the standard policy."""
FAULT_MS = 5_000.0
"""Time in which a fault is shown before the restart: white glass and page, 1.0 to 1.6 s, then 3 s of pause."""
RESTART_MS = 4_000.0
REFERENCE_SEED, INK_SEED = 1_001, 2_002
"""Seeds of what nothing may depend on: noise in registers without a model and in RAM at power-on, random numbers."""
TIMEOUT_S = 600.0
"""Timeout for a note and all its events, on a busy machine."""
Taken = list[State] | str
"""The states of one pad at the instants, or why the pair shows nothing."""
T = TypeVar("T")


@dataclass(frozen=True)
class Result:
    """A judged pair, the greatest difference between its glasses (L*) and between the times of an answer to the host
    (us)."""

    pair: Pair
    glass: float
    answer_us: float = 0.0


def run(pad: VirtualPad, policy: Policy, group: Family, mask: Sequence[MaskEntry]) -> list[Result]:
    """All pairs of a family, in the order of Family.singles, on forked copies of a ready pad."""
    flash = bytes(pad.flash)
    sent = dictionary.requests(pad, group.inks[0].seed, group.asks) if group.asks else []

    def played(ink: Note | None, then: Callable[[VirtualPad, int, Taken], T]) -> list[T]:
        return fork_run(pad, lambda copy: _play(copy, policy, ink, group, flash, sent, then), TIMEOUT_S)

    reference = played(group.reference, lambda copy, index, taken: taken)

    def judged(ink: Note) -> list[Result]:
        # In the process of the copy: only the differences are returned, not the whole states.
        return played(
            ink, lambda copy, index, taken: _judge(copy, group, ink, index, taken, reference[index], mask)
        )

    return [result for ink in group.inks for result in judged(ink)]


@dataclass(frozen=True)
class _Noted:
    """Input of the events of families.EVENTS, the time from which messages to the host count (ms), the host's requests
    and the flash before the note. sent: requests that the host sends after the wipe."""

    pad: VirtualPad
    policy: Policy
    log: PointLog
    since_ms: float
    asked: traffic.Answers
    flash: bytes
    outputs: Outputs
    sent: Sequence[Request]
    wrapping: bool = False


def _judge(
    pad: VirtualPad,
    group: Family,
    ink: Note,
    index: int,
    one: Taken,
    other: Taken,
    mask: Sequence[MaskEntry],
) -> Result:
    event = by_label(group.events[index]).number
    pair = Pair(group.kind(ink), event, ink.seed, ())
    if isinstance(one, str) or isinstance(other, str):
        return Result(replace(pair, reason=one if isinstance(one, str) else str(other)), 0.0)
    found = tuple(
        _compare(pad, pair, instant, mine, theirs, mask)
        for instant, mine, theirs in zip(instants(pad.fitted, event), one, other, strict=True)
    )
    judged = replace(pair, instants=found, reason=one[-1].strange or other[-1].strange)
    return Result(judged, found[-1].glass or 0.0, compare.answers_apart_us(one[-1], other[-1]))


def _compare(
    pad: VirtualPad, pair: Pair, instant: Instant, one: State, other: State, mask: Sequence[MaskEntry]
) -> Compared:
    entries = compare.entries_for(pair.kind, pair.event, instant.name, mask)
    found = compare.differences(pad, one, other, entries, instant.glass_limit)
    return Compared(instant.name, one.after_ms, one.size, compare.residue(one, other), found)


def _play(
    pad: VirtualPad,
    policy: Policy,
    ink: Note | None,
    group: Family,
    flash: bytes,
    sent: Sequence[Request],
    then: Callable[[VirtualPad, int, Taken], T],
) -> list[T]:
    """Write the note (or wait as long without ink), then play each event on its own copy and give what was taken there,
    with the event's index, to `then`. sent: requests that the host sends before the note, some while the pen writes,
    and after the wipe."""
    pad.perturb(REFERENCE_SEED if ink is group.reference else INK_SEED)
    if group.reference is None or group.structured:
        _earlier_call(pad, policy, key=group.structured)
    before = dictionary.ask(pad, sent)
    duration_ms = group.inks[0].duration_ms
    began, log, outputs = pad.now_ms, PointLog(pad), Outputs(pad)
    asked = traffic.talk(pad, duration_ms) if group.talks else before
    if ink is not None:
        structures.play(pad, ink)
    # While the pen writes, so that the event comes as long after the last stroke as in every pair.
    asked += dictionary.ask(pad, sent[: int(duration_ms / (dictionary.SLOT_MS * dictionary.MOST_SLOTS))])
    settled_ms = SETTLED_MS + (SIGNS_MS if group.talks else 0.0) + group.rest_ms
    pad.emulator.run_until_ns(round((began + duration_ms + settled_ms) * NS_PER_MS))
    lacking = ""
    if ink is not None and not log.points:
        lacking = "the pen was never seen: the pair shows nothing"
    elif not all(answer.done for answer in asked):
        lacking = "the host was not answered: the pair shows nothing"
    elif ink is not None:
        lacking = structures.misreported(pad, ink, began)
    # For pairs against no ink: ignore earlier messages, that is DCD, which only a note sets; for notes of different
    # structure they are judged by themselves.
    since_ms = pad.now_ms if group.reference is None or group.structured else began
    noted = _Noted(pad, policy, log, since_ms, asked, flash, outputs, sent)
    return [
        fork_run(
            noted,
            lambda copy, index=index, name=name: then(  # type: ignore[misc]  # mypy infers no lambda with defaults
                copy.pad, index, lacking or _after(copy, by_label(name), group.lingers and index == 0)
            ),
        )
        for index, name in enumerate(group.events)
    ]


def _earlier_call(pad: VirtualPad, policy: Policy, *, key: bool) -> None:
    """Write and wipe a dot, so that the touch chip's interrupt and bus have been used on both pads; key: MODE, too."""
    pad.touch.finger(200.0, 150.0)
    pad.run_for(50.0)
    pad.touch.lift()
    pad.run_for(SETTLED_MS)
    for _ in range(2 if key else 0):
        pad.keys["MODE"].tap(bounce_ms=0.0)
        pad.run_for(SETTLED_MS)
    pad.host.write(LOCKED)  # wipes under every policy
    pad.run_for(policy.ready_after_ms + COMPARED_MS)


def _after(noted: _Noted, event: Event, lingers: bool) -> Taken:
    pad = noted.pad
    caused_ms = pad.now_ms
    try:
        ready_ms = event.cause(noted)  # type: ignore[arg-type]  # the events of families.EVENTS ask no more
    except EmulationTimeout as error:
        return f"{error}: the pair shows nothing"
    edge_ms = pad.now_ms + ready_ms
    since = Since(noted.asked, noted.since_ms, caused_ms, edge_ms, noted.flash, _boots(event), noted.outputs)
    ready_ms += noted.policy.ready_after_ms
    if event.number == "E10":
        ready_ms += FAULT_MS
    elif event.number == "E9":
        # Compare before the hold-up ends: a pad without power has no state.
        ready_ms = min(ready_ms, 1_000.0 * HOLD_UP_S - COMPARED_MS - POWER_MARGIN_MS)
    end_ms = pad.now_ms + ready_ms + COMPARED_MS + (LINGERING_MS if lingers and event.number != "E9" else 0.0)
    # Make both pads leave one sleep and enter the next at the same instant: the end of a sleep is stored and depends
    # on when the previous one began. Closing the hook's contact begins a call and is not a wipe event.
    pad.at(ready_ms + WOKEN_MS, lambda: pad.hook.press(bounce_ms=0.0))
    found = []
    for instant in instants(pad.fitted, event.number):
        until_ms = end_ms if instant.after_ms is None else edge_ms + instant.after_ms
        pad.emulator.run_until_ns(round(until_ms * NS_PER_MS))
        if instant.after_ms is None and event.keeps_usb:
            try:
                pad.run_until(lambda: bool(pad.host.serial_state.dsr), RESTART_MS)
            except EmulationTimeout:
                return "the pad did not come back to READY"
            noted.asked.extend(dictionary.ask(pad, noted.sent))
        found.append(compare.take(pad, since, instant))
    found[-1] = replace(found[-1], strange=judge.summary(judge.strange(pad)))
    return found


def _boots(event: Event) -> bool:
    """Whether the chip boots at the event's edge; after a fault it does so later, once the fault has been shown."""
    return event.restarts and event.number != "E10"
