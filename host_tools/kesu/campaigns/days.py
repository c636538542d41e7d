"""days: time passing at a desk: quiet time is leapt over, lunch is AWAY, at night the PC sleeps."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.verify.scenes.scenario import move_timer
from kesu.virtual.pad import VirtualPad

HOUR_S = 3_600.0
DAY_S = 9 * HOUR_S
"""From nine to six, lunch included."""
NOON_S, LUNCH_S = 3 * HOUR_S, HOUR_S
NIGHT_S = 24 * HOUR_S - DAY_S
AFTER_MS = 1_200.0
"""After a leap the pad wakes within a second to see what is due."""
QUIET_MS = 300.0
"""A leap is for a pad asleep: so long its panel has been idle, and nothing that it began is under way."""
LONGEST_MS = 12_000.0
"""By then whatever a pad began is over: a fault's page and its restart take longest."""
STEP_MS = 50.0
NS_MS = 1e-6
"""Time passes in whole nanoseconds: less than one never would."""


class Clock:
    """The pad's own time. A pad at rest wakes once a second and finds nothing to do; `rest` skips most of
    that by setting its timer forward, as if it had slept. wipe_ms: from an event to READY, by the image's
    policy and panel."""

    def __init__(self, pad: VirtualPad, wipe_ms: float) -> None:
        self.wipe_ms = wipe_ms
        self._pad = pad
        self._began_ms = pad.now_ms
        self._leapt_ms = 0.0

    @property
    def played_ms(self) -> float:
        """What ran instruction by instruction."""
        return self._pad.now_ms - self._began_ms

    @property
    def elapsed_ms(self) -> float:
        """What passed for the pad."""
        return self.played_ms + self._leapt_ms

    def rest(self, ms: float) -> None:
        """Let `ms` pass without anybody touching the pad. No deadline of it may lie within."""
        began_ms = self._pad.now_ms
        self._settle(ms)
        left_ms = ms - (self._pad.now_ms - began_ms)
        leap_ms = float(int(left_ms - AFTER_MS))  # whole milliseconds: what the pad counts
        if leap_ms > 0.0:
            move_timer(self._pad, leap_ms)
            self._leapt_ms += leap_ms
            left_ms -= leap_ms
        self._pad.run_for(left_ms)

    def _settle(self, most_ms: float) -> None:
        """Let time pass, `most_ms` at most, until nothing that the pad began is under way: no refresh, and
        no wipe.
        In a wipe the pad says neither that it is blank nor that it has a note; to a host that sleeps it says
        nothing, and then as much time passes as a wipe takes."""
        pad = self._pad
        began_ms, idle_ms = pad.now_ms, 0.0
        most_ms = min(most_ms, LONGEST_MS)
        while most_ms - (passed_ms := pad.now_ms - began_ms) >= NS_MS:
            state = pad.host.serial_state
            resting = (state.dsr or state.dcd) and not pad.host.suspended
            if idle_ms >= QUIET_MS and (resting or passed_ms >= self.wipe_ms):
                return
            step_ms = min(STEP_MS, most_ms - passed_ms)
            pad.run_for(step_ms)
            idle_ms = 0.0 if pad.panel.busy else idle_ms + step_ms


class WorkingDay:
    """The hours of one operator; `now_s` counts from nine o'clock of the first day and has no nights."""

    def __init__(self, pad: VirtualPad, clock: Clock) -> None:
        self._pad = pad
        self._clock = clock
        self._nights_ms = 0.0
        self._began_ms = clock.elapsed_ms
        self._eaten = False
        self.number = 1

    @property
    def now_s(self) -> float:
        """Working time so far, lunch hours included."""
        return (self._clock.elapsed_ms - self._nights_ms) / 1_000

    def over(self) -> bool:
        """Whether it is six o'clock."""
        return self._clock.elapsed_ms - self._began_ms >= 1_000 * DAY_S

    def noon(self) -> bool:
        """Whether lunch is due."""
        return not self._eaten and self._clock.elapsed_ms - self._began_ms >= 1_000 * NOON_S

    def lunch(self) -> None:
        """AWAY by its key for an hour."""
        self._eaten = True
        self._pad.keys["AWAY"].tap()
        self._clock.rest(1_000 * LUNCH_S)
        self._pad.keys["AWAY"].tap()
        self._pad.run_for(self._clock.wipe_ms)

    def night(self) -> None:
        """The agent says away, the PC sleeps and wakes, the agent opens the port again."""
        pad = self._pad
        before_ms = self._clock.elapsed_ms
        pad.host.write(b"A")
        pad.run_for(self._clock.wipe_ms)
        pad.host.suspend()
        self._clock.rest(1_000 * NIGHT_S)
        pad.host.resume()
        pad.host.set_dtr(True)
        pad.host.write(b"E")
        pad.run_for(self._clock.wipe_ms)
        self._began_ms = self._clock.elapsed_ms
        self._nights_ms += self._began_ms - before_ms
        self._eaten = False
        self.number += 1
