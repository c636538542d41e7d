"""events: the wipe events E1 to E13 as actions on a pad, each with its edge."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.scenario import move_timer, power_cycle, restore_touch, silence_touch
from kesu.spec.call_line import ENDED, LOCKED, PAYMENT, RING, TALK, WRAP_UP
from kesu.verify.scenes.scenario import Written

SUSPEND_MS = 3.0
"""A bus is asleep after 3 ms without a frame (USB 2.0 section 7.1.7.6): the edge of E8."""
BUS_RESET_MS = 10.0
"""Minimum length of a bus reset (USB 2.0 section 7.1.7.5); the emulated controller reports it at its end, which is
the edge."""
LAST_DAB_MS = 1_500.0
"""Time for the refresh of the last dab and of the whole note before it."""
BEFORE_DEADLINE_MS = 2_500.0
"""E3 and E4: the timer is set forward to this time before the deadline; the rest is executed."""
TICK_MS = 1.0
"""A deadline counts whole ticks: it may be this much earlier than the computed time."""
BETWEEN_BYTES_MS = 5.0
BEFORE_W_MS = 80.0
HOLD_UP_S = 3.0
LONGEST_WATCHDOG_MS = 8_400.0
"""The watchdog's counter holds at most 8.388 s (RP2040 datasheet 4.7.2, erratum E1)."""


@dataclass(frozen=True)
class Event:
    """One wipe event.

    cause: causes it and returns the ms from now to its edge. prepare: called before the note is searched for.
    restarts: the chip boots. keeps_usb: the host sees the modem bits. ends_in: READY, or the page of measure.LOCKS
    that the wipe ends with. check: called afterwards, returns why the scene proves nothing; empty if it is valid.
    by_byte: the edge is when the pad takes the packet with the byte, plus what `cause` returns. again_ms: this long
    after the edge another event begins the wipe anew, and READY counts from there.
    """

    number: str
    name: str
    cause: Callable[[Written], float]
    prepare: Callable[[Written], None] = lambda written: None
    restarts: bool = False
    keeps_usb: bool = True
    ends_in: str = "READY"
    check: Callable[[Written], str] = lambda written: ""
    by_byte: bool = False
    again_ms: float = 0.0

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
    """No report until the idle timeout."""
    pad = written.pad
    move_timer(pad, written.policy.idle_ms - BEFORE_DEADLINE_MS - (pad.now_ms - written.log.at_ms[-1]))
    return BEFORE_DEADLINE_MS - TICK_MS


def _to_age(written: Written) -> float:
    """Keep writing, never idle for the idle timeout, until the note reaches its maximum age."""
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
    """The touch chip stops answering while the pen is down; its next INT is the edge. It answers again after the
    restart."""
    pad = written.pad
    silence_touch(pad)
    reports = pad.touch.reports
    pad.touch.finger(200.0, 150.0)
    pad.run_until(lambda: pad.touch.reports > reports, 50.0, 0.1)
    pad.touch.lift()
    pad.emulator.on_reset.append(lambda: restore_touch(pad))
    return 0.0


def _core_stops(written: Written) -> float:
    """The core stops executing, as in an endless loop, while the clocks run; the watchdog reset is the edge. Raises
    EmulationTimeout when there is none."""
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
    power_cycle(written.pad, 50.0)
    return 0.0


def _locked_pc(pad: VirtualPad) -> None:
    pad.host.write(LOCKED)


def _whole_call(written: Written) -> float:
    """The agent's bytes of one call; `W`, without after-call work, is the edge. At that time a sign's refresh runs and
    the pad is idle: while it draws it reads no byte, and the time to draw depends on ink."""
    pad = written.pad
    for byte in b"TMHmTM":
        pad.host.write(bytes([byte]))
        pad.run_for(BETWEEN_BYTES_MS)
    pad.run_for(BEFORE_W_MS)
    pad.host.write(WRAP_UP + ENDED)
    return 0.0


def _agent_killed(written: Written) -> float:
    """DTR drops after a byte that the pad has not read yet."""
    written.pad.host.write(TALK)
    written.pad.host.set_dtr(False)
    return 0.0


EVENTS: tuple[Event, ...] = (
    Event("E1", "WIPE key", _at_once(lambda pad: pad.keys["WIPE"].tap())),
    Event("E2", "hook opens", _hung_up(lambda pad: pad.hook.release()), _close_hook),
    Event("E2", "byte E", _at_once(lambda pad: pad.host.write(ENDED)), by_byte=True),
    Event("E2", "byte W", _hung_up(lambda pad: pad.host.write(WRAP_UP)), by_byte=True),
    Event("E2", "byte R of the next call", _at_once(lambda pad: pad.host.write(RING)), by_byte=True),
    Event("E2", "byte P", _at_once(lambda pad: pad.host.write(PAYMENT)), ends_in="PAYMENT", by_byte=True),
    Event("E2", "whole call", _whole_call, by_byte=True),
    Event("E3", "idle", _to_idle),
    Event("E4", "maximum age", _to_age),
    Event("E5", "AWAY key", _at_once(lambda pad: pad.keys["AWAY"].tap()), ends_in="AWAY"),
    Event("E6", "byte K", _at_once(_locked_pc), by_byte=True),
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
