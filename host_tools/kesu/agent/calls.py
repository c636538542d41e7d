"""calls: what one source knows about its calls. A pure state machine: no clock, no I/O, no caller numbers.

A source (softphone hook, PBX relay, seat watcher ...) sends reports. `SourceView` turns them into one state.
`kesu.agent.merge` makes one state per pad from the views of all its sources.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum

from kesu.spec import call_line, calls

ANONYMOUS = 0  # the call of a source that cannot distinguish its calls
SETTLE_S = calls.LIMITS["settle_s"]  # calls.toml says what each is for
REMEMBERED_CALLS = int(calls.LIMITS["remembered_calls"])
OPEN_CALLS = int(calls.LIMITS["open_calls"])


class Event(Enum):
    """What a source may report. The values are the words of `kesu hook` and of the HTTP paths, as in calls.toml."""

    RING = "ring"
    START = "start"  # answered, or taken back from hold
    HOLD = "hold"
    END = "end"
    BUSY = "busy"  # declined, busy or no answer: the same as END
    WRAPUP = "wrapup"  # hung up, after-call work begins
    READY = "ready"  # the operator waits for a call: after-call work and absence are over
    AWAY = "away"  # the operator is not available; counts once the last call is over
    MUTE = "mute"
    UNMUTE = "unmute"
    PAY = "pay"  # a card is about to be read out: pen off
    PAID = "paid"
    LOCK = "lock"  # screen locked, session gone, PC about to sleep
    UNLOCK = "unlock"
    ALIVE = "alive"  # heartbeat
    LOST = "lost"  # the source is gone: its earlier reports no longer count


class State(Enum):
    """One state of calls; `byte` is what the pad is sent. In order of precedence, as in calls.toml; the first wins."""

    LOST = b""  # no byte: DTR falls, which wipes
    LOCKED = call_line.LOCKED
    TALK = call_line.TALK
    HOLD = call_line.HOLD
    RING = call_line.RING
    WRAPUP = call_line.WRAP_UP
    AWAY = call_line.AWAY
    READY = call_line.ENDED

    @property
    def byte(self) -> bytes:
        """The bytes sent to the pad on entering the state; empty for LOST."""
        return bytes(self.value)


PRECEDENCE: dict[State, int] = {state: place for place, state in enumerate(State)}


class Phase(Enum):
    """The phase of one call."""

    NONE = "none"  # not known
    RING = "ring"
    TALK = "talk"
    HOLD = "hold"
    ENDED = "ended"  # known to be over


# (phase, event) -> phase, from calls.toml. A pair that is missing changes nothing.
PHASES: dict[tuple[Phase, Event], Phase] = {
    (Phase(phase), Event(event)): Phase(following)
    for phase, by_event in calls.PHASES.items()
    for event, following in by_event.items()
}

ENDS = tuple(map(Event, calls.ENDS))
_OF_CALLS = (Event.RING, Event.START, Event.HOLD, *ENDS)
_STATE_OF_PHASE = {Phase.TALK: State.TALK, Phase.HOLD: State.HOLD, Phase.RING: State.RING}


class WrapUp(Enum):
    """How a source's hang-up is read."""

    NONE = "none"  # after-call work is not noted on the pad: WRAPUP is END
    REPORTED = "reported"  # as the source says
    ALWAYS = "always"  # the source knows no after-call work: the END of a talk is WRAPUP


@dataclass(frozen=True, slots=True)
class Report:
    """One message of a source.

    call: which call, a number made up by the source (see `source.CallNumbers`), ANONYMOUS if it cannot tell.
    stamp: position in the source's own order (any rising integer); None when reports cannot overtake each
    other. seat: "" for every pad of the source, else the seat's name, for a source that serves several.
    """

    event: Event
    call: int = ANONYMOUS
    stamp: int | None = None
    seat: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long, in seconds, a source may be silent before it counts as lost. None: for ever.

    idle_s: with no call open. call_s: with a call open. A source with a heartbeat (ALIVE) has both equal and
    short; one that only speaks when something happens has idle_s None and call_s the longest plausible call.
    wrap_up_s: the longest after-call work; then the source is READY by itself.
    """

    idle_s: float | None
    call_s: float | None
    wrap_up_s: float = calls.LIMITS["wrap_up_s"]


class SourceView:
    """What one source reports about one pad. It is LOST until the first report."""

    def __init__(self, bounds: Bounds, wrap_up: WrapUp = WrapUp.REPORTED) -> None:
        self._bounds = bounds
        self._wrap_up = wrap_up
        self._ended: deque[int] = deque(maxlen=REMEMBERED_CALLS)
        self._calls: dict[int, Phase] = {}  # in order of arrival
        self._stamp: int | None = None
        self._ended_at: float | None = None
        self._wrapping_since: float | None = None
        self.heard_at: float | None = None
        self.lost = True
        self.locked = False
        self.away = False
        self.muted = False
        self.paying = False

    def take(self, report: Report, now: float) -> bool:
        """Apply one report at `now` (s, any monotonic clock). True if it ended a call, open or not."""
        event = report.event
        if event is Event.LOST:
            self._forget()
            return False
        self.lost = False
        self.heard_at = now
        if event in (Event.ALIVE, Event.LOCK, Event.UNLOCK):  # valid at any time
            self._of_seat(event)
            return False
        if self._is_late(report, now):
            # A late end of an anonymous call: keep the state that followed, but wipe the note.
            return event in ENDS
        if event in _OF_CALLS:
            return self._of_call(report, now)
        self._of_seat(event)
        return False

    def tick(self, now: float) -> None:
        """Apply the time bounds: a source silent for its bound is lost, after-call work ends at its bound."""
        bound = self._bounds.call_s if self._calls else self._bounds.idle_s
        if not self.lost and bound is not None and self.heard_at is not None and now - self.heard_at >= bound:
            self._forget()
        if self._wrapping_since is not None and now - self._wrapping_since >= self._bounds.wrap_up_s:
            self._wrapping_since = None

    def deadline(self) -> float | None:
        """When `tick` next has something to do, in the clock of `take`; None if never."""
        found = []
        bound = self._bounds.call_s if self._calls else self._bounds.idle_s
        if not self.lost and bound is not None and self.heard_at is not None:
            found.append(self.heard_at + bound)
        if self._wrapping_since is not None:
            found.append(self._wrapping_since + self._bounds.wrap_up_s)
        return min(found, default=None)

    @property
    def state(self) -> State:
        """The source's state: the first member of `State` that applies."""
        if self.lost:
            return State.LOST
        if self.locked:
            return State.LOCKED
        if self._calls:
            return min((_STATE_OF_PHASE[phase] for phase in self._calls.values()), key=PRECEDENCE.__getitem__)
        if self._wrapping_since is not None:
            return State.WRAPUP
        return State.AWAY if self.away else State.READY

    @property
    def foreground(self) -> int | None:
        """The oldest of the calls that determine the state; None without a call."""
        if not self._calls:
            return None
        return min(self._calls, key=lambda call: PRECEDENCE[_STATE_OF_PHASE[self._calls[call]]])

    def _is_late(self, report: Report, now: float) -> bool:
        if report.stamp is not None:
            if self._stamp is not None and report.stamp <= self._stamp:
                return report.call == ANONYMOUS or report.event not in ENDS
            self._stamp = report.stamp
            return False
        return (
            report.event in (Event.START, Event.HOLD)
            and report.call == ANONYMOUS
            and not self._calls
            and self._ended_at is not None
            and now - self._ended_at < SETTLE_S
        )

    def _of_call(self, report: Report, now: float) -> bool:
        event, call = report.event, report.call
        phase = Phase.ENDED if call in self._ended else self._calls.get(call, Phase.NONE)
        following = PHASES.get((phase, event), phase)
        if following is phase:
            return False
        if following is not Phase.ENDED:
            if phase is Phase.NONE and len(self._calls) >= OPEN_CALLS:
                return False
            self._calls[call] = following
            self._wrapping_since = None
            return False
        talked = phase in (Phase.TALK, Phase.HOLD)
        if call == ANONYMOUS:
            self._calls.clear()  # which one ended is unknown: end all
        else:
            self._calls.pop(call, None)
            self._ended.append(call)
        self._ended_at = now
        if not self._calls:
            self.muted = self.paying = False
            wrapping = (event is Event.WRAPUP and self._wrap_up is not WrapUp.NONE) or (
                event is Event.END and talked and self._wrap_up is WrapUp.ALWAYS
            )
            if not wrapping:
                self._wrapping_since = None
            elif self._wrapping_since is None:  # a repeated report does not extend it
                self._wrapping_since = now
        return True

    def _of_seat(self, event: Event) -> None:
        if event is Event.READY:
            # A source also reports this after it connects or reconnects without an open call.
            self._ended.extend(call for call in self._calls if call != ANONYMOUS)
            self._calls.clear()
            self._wrapping_since = None
            self.away = self.muted = self.paying = False
        elif event is Event.AWAY:
            self.away = True
        elif event in (Event.MUTE, Event.UNMUTE):
            self.muted = event is Event.MUTE
        elif event in (Event.PAY, Event.PAID):
            self.paying = event is Event.PAY
        elif event in (Event.LOCK, Event.UNLOCK):
            self.locked = event is Event.LOCK

    def _forget(self) -> None:
        self._calls.clear()
        self._wrapping_since = None
        self.lost = True
        self.locked = self.away = self.muted = self.paying = False
