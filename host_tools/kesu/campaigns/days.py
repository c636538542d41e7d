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
BEFORE_MS, AFTER_MS = 800.0, 1_200.0
"""A leap is for a pad asleep: what was begun has ended, and it wakes within a second to see what is due."""
WIPE_MS = 2_500.0


class Clock:
    """The pad's own time. A pad at rest wakes once a second and finds nothing to do; `rest` skips most of
    that by setting its timer forward, as if it had slept."""

    def __init__(self, pad: VirtualPad) -> None:
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
        leap_ms = float(int(ms - BEFORE_MS - AFTER_MS))  # whole milliseconds: what the pad counts
        if leap_ms <= 0.0:
            self._pad.run_for(ms)
            return
        self._pad.run_for(BEFORE_MS)
        move_timer(self._pad, leap_ms)
        self._leapt_ms += leap_ms
        self._pad.run_for(ms - BEFORE_MS - leap_ms)


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
        self._pad.run_for(WIPE_MS)

    def night(self) -> None:
        """The agent says away, the PC sleeps and wakes, the agent opens the port again."""
        pad = self._pad
        before_ms = self._clock.elapsed_ms
        pad.host.write(b"A")
        pad.run_for(WIPE_MS)
        pad.host.suspend()
        self._clock.rest(1_000 * NIGHT_S)
        pad.host.resume()
        pad.host.set_dtr(True)
        pad.host.write(b"E")
        pad.run_for(WIPE_MS)
        self._began_ms = self._clock.elapsed_ms
        self._nights_ms += self._began_ms - before_ms
        self._eaten = False
        self.number += 1
