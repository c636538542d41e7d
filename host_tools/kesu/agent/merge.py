"""merge: combines the views of all sources of one pad into one state and the bytes for the pad."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from kesu.agent.calls import PRECEDENCE, Report, SourceView, State
from kesu.spec.call_line import MUTED, PAID, PAYMENT, UNMUTED

WIPE = State.READY.byte


class Several(Enum):
    """What ends a note when there are several calls."""

    LAST = "last"  # the note lasts until the last call ends
    EACH = "each"  # any call that ends or comes to the front wipes the note


# What is sent to the pad when the state changes. The first row that fits applies; "front" is the oldest of the
# calls that determine the state.
#
# ============================  =====================================================================
# what happened                 sent
# ============================  =====================================================================
# state is LOST                 nothing; DTR falls (and rises with the first state after it)
# state changed                 the byte of the new state; with Several.EACH `E` first if a call ended
#                               or another one came to the front, and a note may be there
# RING, another call in front   `R`
# a call ended, state as before the byte of the state if it is READY or LOCKED: an end of an unseen call
#                               wipes; with Several.EACH `E`, then the byte
# mute, payment lock            `M` `m` `P` `p` as they change, after the byte of the state
# ============================  =====================================================================


class PadCalls:
    """The call state of one pad. All sources are named at the start and LOST until their first report."""

    def __init__(self, views: Mapping[str, SourceView], several: Several = Several.LAST) -> None:
        if not views:
            raise ValueError("a pad needs at least one source")
        self.views = dict(views)
        self._several = several
        self.state = State.LOST
        self._front: tuple[str, int] | None = None
        self._muted = False
        self._paying = False

    def take(self, source: str, report: Report, now: float) -> bytes:
        """Apply a report of `source` at `now` (s, monotonic); the bytes to send. KeyError: no such source."""
        ended = self.views[source].take(report, now)
        return self._step(ended)

    def tick(self, now: float) -> bytes:
        """Apply the time bounds; the bytes to send."""
        for view in self.views.values():
            view.tick(now)
        return self._step(False)

    def deadline(self) -> float | None:
        """When `tick` next has something to do; None if never."""
        return min((at for view in self.views.values() if (at := view.deadline()) is not None), default=None)

    @property
    def dtr(self) -> bool:
        """Whether DTR is high: it is low while a source is lost."""
        return self.state is not State.LOST

    def again(self) -> bytes:
        """The bytes for a pad that was just connected: the present state."""
        if self.state is State.LOST:
            return b""
        return self.state.byte + (MUTED if self._muted else b"") + (PAYMENT if self._paying else b"")

    def _step(self, ended: bool) -> bytes:
        before, front_before = self.state, self._front
        self.state = min((view.state for view in self.views.values()), key=PRECEDENCE.__getitem__)
        self._front = self._foreground()
        if self.state is State.LOST:
            self._muted = self._paying = False
            return b""
        return self._state_bytes(before, front_before, ended) + self._flag_bytes()

    def _state_bytes(self, before: State, front_before: tuple[str, int] | None, ended: bool) -> bytes:
        in_call = (State.TALK, State.HOLD, State.RING)
        another = front_before is not None and self._front is not None and self._front != front_before
        wipe_each = self._several is Several.EACH and self.state in in_call and (ended or another)
        first = WIPE if wipe_each and self.state is not State.RING else b""
        if self.state is not before:
            return first + self.state.byte
        if self.state is State.RING and another:
            return self.state.byte
        if first:
            return first + self.state.byte
        if ended and self.state in (State.READY, State.LOCKED):
            return self.state.byte
        return b""

    def _flag_bytes(self) -> bytes:
        muted = any(view.muted for view in self.views.values())
        paying = any(view.paying for view in self.views.values())
        sent = b""
        if muted != self._muted:
            sent += MUTED if muted else UNMUTED
        if paying != self._paying:
            sent += PAYMENT if paying else PAID
        self._muted, self._paying = muted, paying
        return sent

    def _foreground(self) -> tuple[str, int] | None:
        for name, view in self.views.items():
            if view.state is self.state and (call := view.foreground) is not None:
                return name, call
        return None
