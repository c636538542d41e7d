"""events: the wipe events E1 to E13 as actions on a pad, each with its edge."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.scenario import power_cycle, restore_touch, silence_touch
from kesu.spec.call_line import AWAY, CALL_BYTES, ENDED, LOCKED, PAYMENT, RING, TALK, WRAP_UP
from kesu.verify.scenes import deadlines
from kesu.verify.scenes.scenario import Policy, Written
from kesu.verify.search.measure import FAULT

SUSPEND_MS = 3.0
"""A bus is asleep after 3 ms without a frame (USB 2.0 section 7.1.7.6): the edge of E8."""
BUS_RESET_MS = 10.0
"""Minimum length of a bus reset (USB 2.0 section 7.1.7.5); the emulated controller reports it at its end, which is
the edge."""
BETWEEN_BYTES_MS = 5.0
BEFORE_W_MS = 80.0
SIGN_MS = 300.0
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
    after the edge another event begins the wipe anew, and READY counts from there. of_a_note: it wipes nothing on a pad
    that was never written on. outside_calls: the pad is in no call before it.
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
    of_a_note: bool = False
    outside_calls: bool = False

    @property
    def label(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def pages(self) -> set[str]:
        """The pages that it leads to, beside READY, as in measure.blank. A restart may follow the page of a fault."""
        return {self.ends_in, FAULT} if self.restarts else {self.ends_in}


def _at_once(action: Callable[[VirtualPad], object]) -> Callable[[Written], float]:
    def cause(written: Written) -> float:
        action(written.pad)
        return 0.0

    return cause


def _hung_up(
    action: Callable[[VirtualPad], object], begins: Callable[[Policy], bool]
) -> Callable[[Written], float]:
    """The end of the call is the edge, or the end of after-call work where this action `begins` that. In after-call
    work it is the edge in any case."""

    def cause(written: Written) -> float:
        action(written.pad)
        if written.policy.wrap_up_ms and begins(written.policy) and not written.wrapping:
            return deadlines.to_end_of_after_call_work(written)
        return 0.0

    return cause


def _next_call(action: Callable[[VirtualPad], object]) -> Callable[[Written], float]:
    """What ends after-call work only. Where the policy has no time for that, its begin wipes at once."""

    def cause(written: Written) -> float:
        pad = written.pad
        if written.policy.wrap_up_ms:
            action(pad)
        else:
            pad.host.write(WRAP_UP)
        # A sign of hold would stay on at READY, unlike in the reference.
        pad.at(SIGN_MS, lambda: pad.host.write(TALK))
        return 0.0

    return cause


def _close_hook(written: Written) -> None:
    written.pad.hook.press()
    written.pad.run_for(60.0)


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


def _write(byte: bytes, pad: VirtualPad) -> None:
    pad.host.write(byte)


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
    Event(
        "E2",
        "hook opens",
        _hung_up(lambda pad: pad.hook.release(), lambda policy: policy.wrap_up_by_hook),
        _close_hook,
    ),
    Event(
        "E2",
        "byte E",
        _hung_up(lambda pad: pad.host.write(ENDED), lambda policy: policy.wrap_up_by_end),
        by_byte=True,
    ),
    Event(
        "E2",
        "byte W",
        _hung_up(lambda pad: pad.host.write(WRAP_UP), lambda policy: True),
        by_byte=True,
        of_a_note=True,
    ),
    Event("E2", "byte R of the next call", _at_once(lambda pad: pad.host.write(RING)), by_byte=True),
    Event("E2", "byte P", _at_once(lambda pad: pad.host.write(PAYMENT)), ends_in="PAYMENT", by_byte=True),
    Event("E2", "whole call", _whole_call, by_byte=True),
    Event("E3", "idle", deadlines.to_idle, of_a_note=True, outside_calls=True),
    Event("E4", "maximum age", deadlines.to_age, of_a_note=True, outside_calls=True),
    Event("E4", "maximum age in a call", deadlines.to_call_age, of_a_note=True),
    Event("E4", "maximum age, extended", deadlines.to_extended_age, of_a_note=True, outside_calls=True),
    Event("E4", "maximum age in a call, extended", deadlines.to_extended_call_age, of_a_note=True),
    Event("E5", "AWAY key", _at_once(lambda pad: pad.keys["AWAY"].tap()), ends_in="AWAY"),
    Event("E5", "byte A", _at_once(lambda pad: pad.host.write(AWAY)), ends_in="AWAY", by_byte=True),
    Event("E6", "byte K", _at_once(_locked_pc), by_byte=True),
    Event("E7", "DTR drops", _at_once(lambda pad: pad.host.set_dtr(False))),
    Event("E7", "bus reset", _bus_reset, keeps_usb=False),
    Event("E7", "agent killed", _agent_killed),
    Event("E8", "bus asleep", _suspend, keeps_usb=False),
    Event("E9", "unplugged", _at_once(lambda pad: pad.unplug(HOLD_UP_S)), keeps_usb=False),
    Event("E10", "touch bus silent", _silent_touch, restarts=True, of_a_note=True),
    Event("E11", "watchdog", _at_once(lambda pad: pad.reset("watchdog")), restarts=True),
    Event("E11", "core hangs", _core_stops, restarts=True),
    Event("E12", "RUN", _at_once(lambda pad: pad.reset("run")), restarts=True),
    Event("E13", "power-on", _power_cycle, restarts=True),
)

NEXT_CALL: tuple[Event, ...] = (
    *(
        Event("E2", f"byte {one.byte.decode()}", _next_call(partial(_write, one.byte)), by_byte=True)
        for one in CALL_BYTES.values()
        if one.wipes == "in wrap-up"
    ),
    Event("E2", "hook closes", _next_call(lambda pad: pad.hook.press())),
)
"""Signs of the next call, which wipe in after-call work only. The bytes are those of the specification."""


def by_label(label: str) -> Event:
    """The event of that label; raises KeyError when there is none."""
    return {event.label: event for event in EVENTS}[label]


def pages_of(events: Iterable[Event]) -> set[str]:
    """The pages that these events lead to, beside READY, as in measure.blank."""
    return set().union(*(event.pages for event in events))
