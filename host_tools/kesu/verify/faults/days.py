"""days: simulates working days: skips idle time, AWAY at lunch, PC suspend at night."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.scenario import move_timer

HOUR_S = 3_600.0
DAY_S = 9 * HOUR_S
"""A working day from nine to six, lunch included."""
NOON_S, LUNCH_S = 3 * HOUR_S, HOUR_S
NIGHT_S = 24 * HOUR_S - DAY_S
AFTER_MS = 1_200.0
"""Time left after a skip: the pad wakes within a second to check its deadlines."""
QUIET_MS = 300.0
"""Idle time of the panel before a skip: the pad must be asleep, with nothing in progress."""
LONGEST_MS = 12_000.0
"""Longest duration of anything that a pad does by itself: a fault page and the restart."""
STEP_MS = 50.0
NS_MS = 1e-6
"""One nanosecond in ms, the shortest step."""


class Clock:
    """The pad's own time. An idle pad wakes once a second and finds nothing to do; `rest` skips most of that time by
    setting its timer forward, as if it had slept. wipe_ms: from an event to READY, by the image's policy and
    panel."""

    def __init__(self, pad: VirtualPad, wipe_ms: float) -> None:
        self.wipe_ms = wipe_ms
        self._pad = pad
        self._began_ms = pad.now_ms
        self._leapt_ms = 0.0

    @property
    def played_ms(self) -> float:
        """Emulated time that was executed."""
        return self._pad.now_ms - self._began_ms

    @property
    def elapsed_ms(self) -> float:
        """Time that passed for the pad, skipped time included."""
        return self.played_ms + self._leapt_ms

    def rest(self, ms: float) -> None:
        """Let `ms` pass without any input. No deadline of the pad may fall within it."""
        began_ms = self._pad.now_ms
        self._settle(ms)
        left_ms = ms - (self._pad.now_ms - began_ms)
        leap_ms = float(int(left_ms - AFTER_MS))  # the pad counts whole milliseconds
        if leap_ms > 0.0:
            move_timer(self._pad, leap_ms)
            self._leapt_ms += leap_ms
            left_ms -= leap_ms
        self._pad.run_for(left_ms)

    def _settle(self, most_ms: float) -> None:
        """Let time pass, `most_ms` at most, until no refresh and no wipe is in progress.

        During a wipe neither DSR nor DCD is set. A sleeping host gets no modem bits; then the time of a wipe
        passes."""
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
    """The working hours of one operator; `now_s` counts from nine o'clock of the first day, without nights."""

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
        """Whether the day has ended (six o'clock)."""
        return self._clock.elapsed_ms - self._began_ms >= 1_000 * DAY_S

    def noon(self) -> bool:
        """Whether lunch is due."""
        return not self._eaten and self._clock.elapsed_ms - self._began_ms >= 1_000 * NOON_S

    def lunch(self) -> None:
        """Press AWAY and let an hour pass."""
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
