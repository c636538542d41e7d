"""events: the wipe events E1 to E13 as things done to a pad, each with its edge."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kesu.verify.scenes.scenario import Written, move_timer
from kesu.virtual.pad import VirtualPad

SUSPEND_MS = 3.0
"""A bus is asleep after 3 ms without a frame (USB 2.0 section 7.1.7.6): the edge of E8."""
BUS_RESET_MS = 10.0
"""A reset of the bus lasts that long at least (USB 2.0 section 7.1.7.5); the emulated controller tells of it
when it ends, and that is the edge."""
LAST_DAB_MS = 1_500.0
"""Time for its refresh, and for one of the whole note before it."""
BEFORE_DEADLINE_MS = 2_500.0
"""E3 and E4: the timer is set forward to this long before the deadline; the rest passes as on the bench."""
TICK_MS = 1.0
"""A deadline counts whole ticks: it may fall this much before the moment the bench computes."""
BETWEEN_BYTES_MS = 5.0
BEFORE_W_MS = 80.0
HOLD_UP_S = 3.0
LONGEST_WATCHDOG_MS = 8_400.0
"""The count of the watchdog holds 8.388 s (RP2040 datasheet 4.7.2, erratum E1)."""


@dataclass(frozen=True)
class Event:
    """One way to end a note.

    cause: does it, and returns the ms from now to the event's edge. prepare: what must be so before the
    note is looked at. restarts: the chip goes through its boot. keeps_usb: the host sees the modem bits.
    ends_in: READY, or the page of measure.LOCKS that the wipe ends with. check: afterwards, why the scene
    shows nothing; empty if it does show something.
    """

    number: str
    name: str
    cause: Callable[[Written], float]
    prepare: Callable[[Written], None] = lambda written: None
    restarts: bool = False
    keeps_usb: bool = True
    ends_in: str = "READY"
    check: Callable[[Written], str] = lambda written: ""

    @property
    def label(self) -> str:
        return f"{self.number} {self.name}"


def _at_once(action: Callable[[VirtualPad], object]) -> Callable[[Written], float]:
    def cause(written: Written) -> float:
        action(written.pad)
        return 0.0

    return cause


def _hung_up(action: Callable[[VirtualPad], object]) -> Callable[[Written], float]:
    """The end of the call is the edge, or the end of wrap-up where the policy gives time for that."""

    def cause(written: Written) -> float:
        action(written.pad)
        return max(0.0, written.policy.wrap_up_ms - TICK_MS)

    return cause


def _close_hook(written: Written) -> None:
    written.pad.hook.press()
    written.pad.run_for(60.0)


def _to_idle(written: Written) -> float:
    """Silence: nothing but time since the last report."""
    pad = written.pad
    move_timer(pad, written.policy.idle_ms - BEFORE_DEADLINE_MS - (pad.now_ms - written.log.at_ms[-1]))
    return BEFORE_DEADLINE_MS - TICK_MS


def _to_age(written: Written) -> float:
    """The note grows old under a pen that never rests for the idle timeout."""
    pad, policy = written.pad, written.policy
    age_ms = pad.now_ms - written.log.at_ms[0]
    while policy.max_age_ms - age_ms > policy.idle_ms - 5_000.0:
        step = policy.idle_ms - 8_000.0
        move_timer(pad, step)
        pad.touch.finger(300.0, 60.0 + age_ms / policy.max_age_ms * 150.0)
        pad.run_for(40.0)
        pad.touch.lift()
        before = pad.now_ms
        pad.run_for(1_100.0)
        age_ms += step + 40.0 + (pad.now_ms - before)
    pad.run_for(LAST_DAB_MS)
    age_ms += LAST_DAB_MS
    move_timer(pad, policy.max_age_ms - age_ms - BEFORE_DEADLINE_MS)
    return BEFORE_DEADLINE_MS - TICK_MS


def _silent_touch(written: Written) -> float:
    """The touch chip stops answering while the pen is down; its next INT is the edge. Answers again after
    the restart."""
    pad = written.pad
    answer = pad.touch.i2c_start
    pad.touch.i2c_start = lambda address, read: False  # type: ignore[method-assign]
    reports = pad.touch.reports
    pad.touch.finger(200.0, 150.0)
    pad.run_until(lambda: pad.touch.reports > reports, 50.0, 0.1)
    pad.touch.lift()
    pad.emulator.on_reset.append(lambda: setattr(pad.touch, "i2c_start", answer))
    return 0.0


def _core_stops(written: Written) -> float:
    """The core executes nothing more, as in a loop without end, and the clocks go on; the watchdog's bite is
    the edge. Raises EmulationTimeout when nothing bites."""
    pad = written.pad
    emulator, bites = pad.emulator, pad.emulator.watchdog_resets
    emulator.powered = False
    emulator.on_reset.append(lambda: setattr(emulator, "powered", True))
    pad.run_until(lambda: emulator.watchdog_resets > bites, LONGEST_WATCHDOG_MS, 0.1)
    return 0.0


def _suspend(written: Written) -> float:
    written.pad.host.suspend()
    return SUSPEND_MS


def _bus_reset(written: Written) -> float:
    written.pad.host.bus_reset()
    return BUS_RESET_MS


def _power_cycle(written: Written) -> float:
    pad = written.pad
    pad.unplug()
    pad.run_for(50.0)
    pad.power_on()
    pad.host.attach()
    return 0.0


def _locked_pc(pad: VirtualPad) -> None:
    pad.host.write(b"K")


def _whole_call(written: Written) -> float:
    """What the agent sends in the course of a call; `W`, with no after-call work, is the edge. A sign's
    refresh is under way then, and the pad rests: while it draws, it takes no byte, and how long it draws
    depends on ink."""
    pad = written.pad
    for byte in b"TMHmTM":
        pad.host.write(bytes([byte]))
        pad.run_for(BETWEEN_BYTES_MS)
    pad.run_for(BEFORE_W_MS)
    pad.host.write(b"WE")
    return 0.0


def _agent_killed(written: Written) -> float:
    """DTR falls behind a byte that is still on its way."""
    written.pad.host.write(b"T")
    written.pad.host.set_dtr(False)
    return 0.0


EVENTS: tuple[Event, ...] = (
    Event("E1", "WIPE key", _at_once(lambda pad: pad.keys["WIPE"].tap())),
    Event("E2", "hook opens", _hung_up(lambda pad: pad.hook.release()), _close_hook),
    Event("E2", "byte E", _at_once(lambda pad: pad.host.write(b"E"))),
    Event("E2", "byte W", _hung_up(lambda pad: pad.host.write(b"W"))),
    Event("E2", "byte R of the next call", _at_once(lambda pad: pad.host.write(b"R"))),
    Event("E2", "byte P", _at_once(lambda pad: pad.host.write(b"P")), ends_in="PAYMENT"),
    Event("E2", "whole call", _whole_call),
    Event("E3", "idle", _to_idle),
    Event("E4", "maximum age", _to_age),
    Event("E5", "AWAY key", _at_once(lambda pad: pad.keys["AWAY"].tap()), ends_in="AWAY"),
    Event("E6", "byte K", _at_once(_locked_pc)),
    Event("E7", "DTR drops", _at_once(lambda pad: pad.host.set_dtr(False))),
    Event("E7", "bus reset", _bus_reset, keeps_usb=False),
    Event("E7", "agent killed", _agent_killed),
    Event("E8", "bus asleep", _suspend, keeps_usb=False),
    Event("E9", "unplugged", _at_once(lambda pad: pad.unplug(HOLD_UP_S)), keeps_usb=False),
    Event("E10", "touch bus silent", _silent_touch, restarts=True),
    Event("E11", "watchdog", _at_once(lambda pad: pad.reset("watchdog")), restarts=True),
    Event("E11", "core hangs", _core_stops, restarts=True),
    Event("E12", "RUN", _at_once(lambda pad: pad.reset("run")), restarts=True),
    Event("E13", "power-on", _power_cycle, restarts=True),
)


def by_label(label: str) -> Event:
    """The event of that label; raises KeyError when there is none."""
    return {event.label: event for event in EVENTS}[label]
