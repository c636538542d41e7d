"""queues: what Asterisk's queue events say about one seat.

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
Paused 1                    any other reason                       away
Paused 0                    no call                                ready
Paused 0                    in a call                              ready, once it has ended
Status 0, 4, 5, others      at any time                            lost: the device is gone or not watched
==========================  =====================================  =======================================

After-call work with Wrapuptime ends by the agent's and the pad's bounds or the next ring: Asterisk says
nothing when it is over.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.agent.calls import Event, Phase, Report
from kesu.relay.ami import Said

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


class QueueSeat:
    """One seat's device and pause, as last seen. Phase.ENDED: completed, but the device is not free yet."""

    def __init__(self, seat: str) -> None:
        self._seat = seat
        self._phase = Phase.NONE
        self._call = 0
        self._paused = False
        self._wrapping = False
        self._ready_after = False
        self._wrap_up_s = 0
        self._lost = False

    def take(self, said: Said) -> list[Report]:
        """The reports that one event of this seat leads to."""
        if said.event == "AgentComplete":
            return self._end(Phase.ENDED) if self._phase in _OPEN else []
        self._wrap_up_s = said.wrap_up_s
        device = DEVICE.get(said.status if said.status is not None else 0)
        if device is None:
            self._lost = True
            self._phase = Phase.NONE
            return [self._report(Event.LOST)]
        found = []
        if self._lost:
            self._lost = False
            found.append(self._report(Event.READY))
        # A pause for after-call work is known before the call is ended, whichever order the events have.
        self._wrapping = said.paused and said.wrapping
        return found + self._device(device) + self._pause(said.paused)

    def _device(self, device: Phase) -> list[Report]:
        before = self._phase
        if device is before:
            return []
        if device is Phase.NONE:
            return self._end(Phase.NONE)
        if before is Phase.ENDED and device is not Phase.RING:
            return []
        # 6 after 2 or 8: the call was over in between, unseen. A second call that rings meanwhile would be 7.
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

    def _pause(self, paused: bool) -> list[Report]:
        before, self._paused = self._paused, paused
        if paused == before:
            return []
        if paused:
            self._ready_after = False
            return [] if self._wrapping else [self._report(Event.AWAY)]
        if self._phase in _OPEN:
            self._ready_after = True
            return []
        return [self._report(Event.READY)]

    def _report(self, event: Event, call: int = 0) -> Report:
        return Report(event, call, seat=self._seat)
