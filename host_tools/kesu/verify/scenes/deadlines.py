"""deadlines: lets the time of a note pass until shortly before one of its deadlines."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from math import ceil

from kesu.emulator.board.pad import EmulationTimeout
from kesu.emulator.scenario import move_timer
from kesu.spec.call_line import TALK, WRAP_UP
from kesu.verify.scenes.scenario import Written

BEFORE_MS = 2_500.0
"""The timer is set forward to this time before a deadline; the rest is executed."""
WOKEN_MS = 1_200.0
"""Time after the timer was set forward: the pad wakes within a second to check its deadlines."""
TICK_MS = 1.0
"""A deadline counts whole ticks: it may be this much earlier than the computed time."""
HEARD_MS = 40.0
"""Time for a byte: the pad takes a packet within some 16 ms, and handles it in its next turn."""
DAB_MS = 40.0
DRAWN_MS = 1_500.0
"""Time for the refresh of the last dab and of the whole note before it."""
LAST_SECONDS_MS = 5_000.0
EARLY_MS = 4_000.0
"""How long before the end of the idle time the pen returns: that countdown may be on, the one to the age is not."""


class _Life:
    """The time of a note on the pad, since its first ink. Skipped time is not in the pad's emulated time."""

    def __init__(self, written: Written) -> None:
        self._pad = written.pad
        self._began_ms = written.log.at_ms[0]
        self._skipped_ms = 0.0
        self._used_ms = written.log.at_ms[-1] - self._began_ms
        self._step_ms = written.policy.idle_ms - EARLY_MS

    @property
    def age_ms(self) -> float:
        """How old the note is."""
        return self._pad.now_ms - self._began_ms + self._skipped_ms

    def rest(self, until_ms: float) -> None:
        """Let time pass without a pen until the note is `until_ms` old. Raises EmulationTimeout if it is gone then: the
        scene would prove nothing."""
        skipped_ms = float(int(until_ms - self.age_ms - WOKEN_MS))  # the pad counts whole milliseconds
        if skipped_ms > 0.0:
            move_timer(self._pad, skipped_ms)
            self._skipped_ms += skipped_ms
        self._pad.run_for(max(0.0, until_ms - self.age_ms))
        if not self._pad.host.serial_state.dcd:
            raise EmulationTimeout(f"the note was gone {until_ms / 1_000:.1f} s after its first ink")

    def write(self, until_ms: float) -> None:
        """Like `rest`, with a dab of the pen before each end of the idle time."""
        for left in range(ceil((until_ms - self._used_ms) / self._step_ms) - 1, 0, -1):
            self.rest(max(self.age_ms, until_ms - left * self._step_ms))
            self.dab()
        self.rest(until_ms)

    def dab(self) -> None:
        """Put the pen on the page for a moment, and let the pad draw that."""
        pad = self._pad
        down = self._used_ms % self._step_ms / self._step_ms
        pad.touch.finger(0.75 * pad.glass.width, (0.2 + 0.5 * down) * pad.glass.height)
        pad.run_for(DAB_MS)
        pad.touch.lift()
        self._used_ms = self.age_ms
        pad.run_for(DRAWN_MS)


def to_idle(written: Written) -> float:
    """No report until the idle timeout. Returns the time from now to it, ms."""
    life = _Life(written)
    idle_at_ms = written.log.at_ms[-1] - written.log.at_ms[0] + written.policy.idle_ms
    life.rest(idle_at_ms - BEFORE_MS + WOKEN_MS)
    return BEFORE_MS - WOKEN_MS - TICK_MS


def to_next_second(written: Written, lead_ms: float) -> None:
    """No report until the last seconds before the idle timeout, and there until `lead_ms` before the next second, when
    the inverted strip is drawn again."""
    idle_at_ms = written.log.at_ms[-1] - written.log.at_ms[0] + written.policy.idle_ms
    _Life(written).rest(idle_at_ms - LAST_SECONDS_MS - lead_ms)


def to_age(written: Written) -> float:
    """Keep writing, never idle for the idle timeout, until the note reaches its maximum age. Returns the time from now
    to it, ms."""
    _Life(written).write(written.policy.max_age_ms - BEFORE_MS + WOKEN_MS)
    return BEFORE_MS - WOKEN_MS - TICK_MS


def to_call_age(written: Written) -> float:
    """A call begins, and the pen rests until the note reaches its maximum age in a call. Returns the time from now to
    it, ms."""
    _enter_call(written)
    _Life(written).rest(_call_age_ms(written) - BEFORE_MS + WOKEN_MS)
    return BEFORE_MS - WOKEN_MS - TICK_MS


def to_extended_age(written: Written) -> float:
    """Keep writing, and touch the page in each countdown to the maximum age, also when no extension is left. Returns
    the time from now to the deadline, ms."""
    life = _Life(written)
    return _extend(written, life, life.write, written.policy.max_age_ms)


def to_extended_call_age(written: Written) -> float:
    """The same in a call, where the pen rests between the countdowns."""
    _enter_call(written)
    life = _Life(written)
    return _extend(written, life, life.rest, _call_age_ms(written))


def _extend(written: Written, life: _Life, until: Callable[[float], None], end_ms: float) -> float:
    policy = written.policy
    for _ in range(policy.extensions):
        until(end_ms - policy.countdown_ms / 2)
        life.dab()
        end_ms += policy.extension_ms
    until(end_ms - policy.countdown_ms / 2 - DAB_MS - DRAWN_MS)
    if policy.countdown_ms:
        life.dab()
    return max(0.0, end_ms - life.age_ms - TICK_MS)


def _call_age_ms(written: Written) -> float:
    """A call never shortens the life of a note."""
    return max(written.policy.call_age_ms, written.policy.max_age_ms)


def to_end_of_after_call_work(written: Written) -> float:
    """The timer is set forward after a moment of after-call work. Returns the time from its begin to its end, without
    what was skipped, ms. No time passes here."""
    pad, lasts_ms = written.pad, written.policy.wrap_up_ms
    executed_ms = DRAWN_MS + BEFORE_MS
    skipped_ms = float(int(max(0.0, lasts_ms - executed_ms)))
    if skipped_ms:
        pad.at(DRAWN_MS, lambda: move_timer(pad, skipped_ms))
    return lasts_ms - skipped_ms - TICK_MS


def begin_after_call_work(written: Written) -> None:
    """The softphone reports after-call work, and the strip counts. Nothing happens if the policy has no time for
    it: the byte would wipe."""
    lasts_ms = written.policy.wrap_up_ms
    if lasts_ms:
        written.pad.host.write(WRAP_UP)
        written.pad.run_for(min(DRAWN_MS, lasts_ms / 2))
        written.wrapping = True


def _enter_call(written: Written) -> None:
    written.pad.host.write(TALK)
    written.pad.run_for(HEARD_MS)
