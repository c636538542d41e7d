"""queues: turns Asterisk's queue events into reports of one seat.

Asterisk has one state for a member's device, however many calls it has. Device states: docs.asterisk.org,
AMI_Events/QueueMemberStatus.

==========================  =====================================  =======================================
Asterisk says               when                                   reported
==========================  =====================================  =======================================
Status 6                    no call                                ring
Status 2, 3, 7              no call, or ringing, or on hold        start (7: another call rings meanwhile)
Status 8                    in a call                              hold
Status 6                    in a call                              its end, then ring: the next call
AgentComplete               in a call                              its end; the device may stay in use for
                                                                   a moment: that is no new call
Status 1                    ringing                                busy: not answered
Status 1                    in a call                              its end
its end                     Wrapuptime > 0, or paused for          wrapup
                            after-call work
its end                     else                                   end
Paused 1                    reason is after-call work              nothing now, see "its end"
Paused 1, in all queues     any other reason                       away
Paused 0, in any queue      no call                                ready, if it was away
Paused 0, in any queue      in a call                              the same, once it has ended
Status 0, 4, 5, others      at any time                            lost: the device is gone or not watched
QueueMemberRemoved          in no other queue                      lost: no queue sees the seat any more
the list of queues          does not name the seat                 the same
==========================  =====================================  =======================================

After-call work with Wrapuptime ends by the agent's and the pad's bounds or the next ring: Asterisk says
nothing when it is over.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import secrets
from dataclasses import dataclass

from kesu.agent.calls import Event, Phase, Report
from kesu.relay.ami import REMOVED, Said
from kesu.relay.presence import NOT_NAMED, Presence

DEVICE: dict[int, Phase] = {
    1: Phase.NONE,
    2: Phase.TALK,
    3: Phase.TALK,
    6: Phase.RING,
    7: Phase.TALK,
    8: Phase.HOLD,
}
_EVENT = {Phase.RING: Event.RING, Phase.TALK: Event.START, Phase.HOLD: Event.HOLD}
_OPEN = (Phase.RING, Phase.TALK, Phase.HOLD)


@dataclass(frozen=True, slots=True)
class Membership:
    """One seat in one queue."""

    paused: bool
    wrapping: bool  # the pause is after-call work


class QueueSeat:
    """One seat's device, queues and pause, as last seen. Phase.ENDED: completed, but the device is not free
    yet."""

    def __init__(self, seat: str) -> None:
        self._seat = seat
        self.presence = Presence(seat)
        self._queues: dict[int, Membership] = {}
        self._named: set[int] = set()  # queues that named the seat since the list was requested
        self._phase = Phase.NONE
        # Not from 0: the agents outlive this connection, and to them an ended call stays ended.
        self._call = secrets.randbits(62)
        self._paused = False
        self._ready_after = False
        self._wrap_up_s = 0

    def take(self, said: Said) -> list[Report]:
        """The reports that result from one event of this seat."""
        if said.event == "AgentComplete":
            return self._end(Phase.ENDED) if self._phase in _OPEN else []
        if said.event == REMOVED:
            self._queues.pop(said.queue, None)
            self._named.discard(said.queue)
            return self._pause() if self._queues else self._gone(NOT_NAMED)
        self._queues[said.queue] = Membership(said.paused, said.paused and said.wrapping)
        self._named.add(said.queue)
        self._wrap_up_s = said.wrap_up_s
        device = DEVICE.get(said.status if said.status is not None else 0)
        if device is None:
            return self._gone(f"device state {said.status}")
        found = self.presence.seen()
        # Apply a pause for after-call work before the end of the call, in either order of the events.
        return found + self._device(device) + self._pause()

    def ask(self) -> None:
        """Note that the list of queues was requested: start collecting names."""
        self._named.clear()

    def complete(self) -> list[Report]:
        """The list has ended: queues that did not name the seat no longer have it."""
        self._queues = {queue: one for queue, one in self._queues.items() if queue in self._named}
        if not self._queues:
            return self._gone(NOT_NAMED)
        return [] if self.presence.lost else self._pause()

    def _gone(self, why: str) -> list[Report]:
        self._phase = Phase.NONE
        self._paused = self._ready_after = False
        return self.presence.gone(why)

    def _device(self, device: Phase) -> list[Report]:
        before = self._phase
        if device is before:
            return []
        if device is Phase.NONE:
            return self._end(Phase.NONE)
        if before is Phase.ENDED and device is not Phase.RING:
            return []
        # 6 after 2 or 8: the call ended in between without an event. A second call that rings would be 7.
        ended = self._end(Phase.NONE) if device is Phase.RING else []
        if self._phase not in _OPEN:
            self._call += 1
        self._phase = device
        return [*ended, self._report(_EVENT[device], self._call)]

    def _end(self, after: Phase) -> list[Report]:
        before, self._phase = self._phase, after
        if before not in _OPEN:
            return []
        event = Event.END
        if before is Phase.RING:
            event = Event.BUSY
        elif self._wrapping or self._wrap_up_s > 0:
            event = Event.WRAPUP
        found = [self._report(event, self._call)]
        if self._ready_after:
            self._ready_after = False
            found.append(self._report(Event.READY))
        return found

    @property
    def _wrapping(self) -> bool:
        return any(one.wrapping for one in self._queues.values())

    def _pause(self) -> list[Report]:
        """A member of several queues is away when it is paused in all of them."""
        before, self._paused = self._paused, all(one.paused for one in self._queues.values())
        if self._paused == before:
            return []
        if self._paused:
            self._ready_after = False
            return [] if self._wrapping else [self._report(Event.AWAY)]
        if self._phase in _OPEN:
            self._ready_after = True
            return []
        return [self._report(Event.READY)]

    def _report(self, event: Event, call: int = 0) -> Report:
        return Report(event, call, seat=self._seat)
