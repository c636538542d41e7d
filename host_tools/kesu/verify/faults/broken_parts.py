"""broken_parts: panel, touch chip, keys and hook that stick, disconnect, chatter or send wrong data during a call."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from rp2040py.peripherals import watchdog

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.board.wiring import PANEL_BUSY, TOUCH_INT
from kesu.emulator.scenario import TICKS_PERIOD_MS, move_timer, power_cycle, silence_touch
from kesu.emulator.usb.messages import Notification
from kesu.verify.faults.trial import Task, at_end, dirty, left_in_memory, wait_gone
from kesu.verify.outcome import Trial
from kesu.verify.scenes.scenario import Written

CAMPAIGN = "parts"
SERIAL_STATE = 0x20
RI_BIT = 0x08
BOUND_MS = 6_000.0
"""Time to detect a fault: a refresh may run for 1.5 s and be repeated once, and the watchdog takes 4 s."""
WIPE_MS = 2_500.0
AFTER_MS = 1_500.0
STORM_HZ = 10_000
_TIMERAWH, _TIMERAWL = 0x24, 0x28
"""Raw timer registers (RP2040 datasheet 4.6.5)."""


@dataclass(frozen=True)
class Fault:
    """One fault of a part.

    breaks: causes the fault. then: the operator's next action, which uses the part. ends: True if the fault
    alone must end the note; otherwise the pad must keep working, and a wipe must still work. glass: whether the
    glass can be cleaned at all. after_ms: time by which it must be clean (without BUSY the pad waits for the
    maximum time of each refresh, twice).
    """

    name: str
    breaks: Callable[[VirtualPad], None]
    then: Callable[[VirtualPad], None] = lambda pad: None
    ends: bool = False
    glass: bool = True
    after_ms: float = AFTER_MS


def _busy(level: bool) -> Callable[[VirtualPad], None]:
    def breaks(pad: VirtualPad) -> None:
        pin = pad.emulator.mcu.gpio[PANEL_BUSY]
        pad.panel.on_busy = lambda _: pin.set_input_value(level)
        pin.set_input_value(level)

    return breaks


def _stroke(pad: VirtualPad) -> None:
    """A short stroke where most notes have no ink."""
    x, y = 0.72 * pad.glass.width, 0.1 * pad.glass.height
    for step in range(6):
        pad.at(10.0 * step + 1.0, lambda step=step: pad.touch.finger(x + 4.0 * step, y))  # type: ignore[misc]  # a lambda with a default
    pad.at(70.0, pad.touch.lift)
    pad.run_for(80.0)


def _out_of_range(pad: VirtualPad) -> None:
    """A sensor that reads what no office has, and for which the OTP has no waveform: the pad uses those of a cool
    office, and what it loads from the OTP before that shows nothing."""
    pad.panel.temperature_c = 90.0


def _absent_panel(pad: VirtualPad) -> None:
    """The panel's connector comes off: no data and no supply."""
    pad.panel.power_loss()
    pad.wiring.spi.on_byte = lambda value: 0xFF
    _busy(False)(pad)


def _reset_panel(pad: VirtualPad) -> None:
    """A glitch on RST while the waveform of a stroke runs."""
    _stroke(pad)
    pad.run_until(lambda: pad.panel.busy, 500.0)
    pad.run_for(120.0)
    pad.panel.set_rst(False)
    pad.run_for(0.5)
    pad.panel.set_rst(True)


def _held_bus(pad: VirtualPad) -> None:
    """SDA held low: no start condition is ever seen, so nothing completes."""
    port = pad.emulator.mcu.i2c[1]
    port.on_start = lambda repeated: None
    port.on_connect = lambda address, mode: None


def _interrupt(level: bool) -> Callable[[VirtualPad], None]:
    def breaks(pad: VirtualPad) -> None:
        pin = pad.emulator.mcu.gpio[TOUCH_INT]
        pad.touch.on_int = lambda _: pin.set_input_value(level)
        pin.set_input_value(level)

    return breaks


def _garbage(pad: VirtualPad) -> None:
    noise = random.Random(pad.panel.temperature_c)
    pad.touch.i2c_read = lambda: noise.randrange(256)  # type: ignore[method-assign]


def _storm(pad: VirtualPad) -> None:
    pin = pad.emulator.mcu.gpio[TOUCH_INT]
    half_ms = 500.0 / STORM_HZ

    def toggle(level: bool, left: int) -> None:
        pin.set_input_value(level)
        if left:
            pad.at(half_ms, lambda: toggle(not level, left - 1))

    toggle(False, 2 * STORM_HZ // 5)  # for 0.2 s
    pad.run_for(250.0)


def _power_cycle(pad: VirtualPad) -> None:
    """Power cycle without a wipe: the note is on the glass when the pad starts with its broken part."""
    power_cycle(pad, 200.0)


def _hold(*names: str) -> Callable[[VirtualPad], None]:
    def breaks(pad: VirtualPad) -> None:
        for name in names:
            pad.keys[name].press(bounce_ms=0.0)

    return breaks


def _bounce(name: str) -> Callable[[VirtualPad], None]:
    return lambda pad: pad.keys[name].tap(hold_ms=60.0, bounce_ms=20.0)


def _chatter(pad: VirtualPad) -> None:
    for step in range(40):
        pad.at(7.0 * step, pad.hook.press if step % 2 else pad.hook.release)
    pad.run_for(300.0)


def _wrap(pad: VirtualPad) -> None:
    """ticks_ms wraps at the next tick (2**30 ms)."""
    timer = pad.emulator.mcu.timer
    now_us = timer.read_uint32(_TIMERAWH) << 32 | timer.read_uint32(_TIMERAWL)
    now_ms = now_us / 1_000 % TICKS_PERIOD_MS
    move_timer(pad, TICKS_PERIOD_MS - now_ms - 20.0)


FAULTS: tuple[Fault, ...] = (
    Fault("BUSY stuck high", _busy(True), _stroke, ends=True, after_ms=6_000.0),
    Fault("BUSY stuck low", _busy(False), _stroke, ends=True, glass=False),
    Fault("no waveform for the temperature", _out_of_range, _stroke),
    Fault("panel absent", _absent_panel, _stroke, ends=True, glass=False),
    Fault("panel reset in mid-refresh", _reset_panel),  # the driver repeats the refresh
    Fault("touch chip silent (NAK)", silence_touch, _stroke, ends=True),
    Fault("touch bus held low", _held_bus, _stroke, ends=True),
    Fault("INT stuck low", _interrupt(False)),
    Fault("INT stuck high", _interrupt(True), _stroke),
    Fault("touch chip sends invalid data", _garbage, _stroke),
    Fault("10 kHz on INT for 0.2 s", _storm),
    Fault("WIPE stuck", _hold("WIPE"), ends=True),
    Fault("AWAY stuck", _hold("AWAY"), ends=True),
    Fault("MODE stuck", _hold("MODE"), _stroke),
    Fault("all keys at once", _hold("WIPE", "AWAY", "MODE"), ends=True),
    Fault("WIPE bounces for 20 ms", _bounce("WIPE"), ends=True),
    Fault("AWAY bounces for 20 ms", _bounce("AWAY"), ends=True),
    Fault("MODE bounces for 20 ms", _bounce("MODE")),
    Fault("hook chatters, and stays closed", _chatter),
    Fault("ticks wrap", _wrap, _stroke),
)
AT_POWER_ON: tuple[Fault, ...] = (
    Fault("panel absent at power-on", _absent_panel, _power_cycle, ends=True, glass=False),
    Fault("touch chip absent at power-on", silence_touch, _power_cycle, ends=True),
    Fault("touch bus held low at power-on", _held_bus, _power_cycle, ends=True),
    Fault("INT stuck low at power-on", _interrupt(False), _power_cycle, ends=True),
    Fault("all keys held at power-on", _hold("WIPE", "AWAY", "MODE"), _power_cycle, ends=True),
)


def tasks(seed: int) -> list[Task]:
    """Every fault, alone and during a wipe."""
    found = []
    for fault in FAULTS:
        found.append(Task(CAMPAIGN, fault.name, seed, partial(_while_written, fault=fault, seed=seed)))
        name = f"{fault.name}, while wiping"
        found.append(Task(CAMPAIGN, name, seed, partial(_while_wiping, fault=fault, seed=seed)))
    for fault in AT_POWER_ON:
        found.append(Task(CAMPAIGN, fault.name, seed, partial(_while_written, fault=fault, seed=seed)))
    return found


GLASS_STAYS = frozenset(
    name
    for fault in (*FAULTS, *AT_POWER_ON)
    if not fault.glass
    for name in (fault.name, f"{fault.name}, while wiping")
)
"""Names of the trials in which the panel cannot clean the glass."""


class Watch:
    """Counts restarts by cause and measures the longest time between feeds of the watchdog. RP2040 datasheet 4.7.6:
    LOAD feeds it; REASON distinguishes a forced restart from a timeout."""

    def __init__(self, pad: VirtualPad) -> None:
        self._pad = pad
        self._block = pad.emulator.mcu.watchdog
        self._fed_ms: float | None = None
        self._notified = len(pad.host.notifications)
        self.asked = self.starved = 0
        self.longest_ms = 0.0
        self._write = self._block.write_uint32
        self._block.write_uint32 = self._written
        pad.emulator.on_reset.append(self._restarted)

    def _written(self, offset: int, value: int) -> None:
        if offset == watchdog.LOAD:
            if self._fed_ms is not None:
                self.longest_ms = max(self.longest_ms, self._pad.now_ms - self._fed_ms)
            self._fed_ms = self._pad.now_ms
        self._write(offset, value)

    def _restarted(self) -> None:
        self._fed_ms = None
        self.asked += self._block._reason == watchdog.FORCE
        self.starved += self._block._reason == watchdog.TIMER

    def seen(self) -> str:
        """How the pad reacted: RI on the call line, restarts."""
        later: list[Notification] = self._pad.host.notifications[self._notified :]
        reported = any(note.request == SERIAL_STATE and note.payload[0] & RI_BIT for note in later)
        words = ["fault reported (RI)"] if reported else []
        if self.asked:
            words.append(f"self-resets: {self.asked}")
        if self.starved:
            words.append(f"resets by the watchdog: {self.starved}")
        return ", ".join(words) or "tolerated"


def _while_written(written: Written, fault: Fault, seed: int) -> Trial:
    pad, watch = written.pad, Watch(written.pad)
    fault.breaks(pad)
    fault.then(pad)
    reason, gone = "", None
    if fault.ends:
        gone = wait_gone(written, BOUND_MS, glass=fault.glass)
        if gone is None:
            reason = "the note was still there when the fault should have ended it"
    else:
        pad.run_for(400.0)
        if left_in_memory(written) == 0:
            reason = "the note is gone, although this fault must not end it"
        pad.host.write(b"E")
        gone = wait_gone(written, WIPE_MS, glass=fault.glass)
        if gone is None:
            reason = reason or "a wipe no longer works"
    return _judged(written, fault, fault.name, seed, watch, gone, reason)


def _while_wiping(written: Written, fault: Fault, seed: int) -> Trial:
    pad, watch = written.pad, Watch(written.pad)
    pad.host.write(b"E")
    pad.run_for(120.0)  # the page's waveform runs
    fault.breaks(pad)
    gone = wait_gone(written, BOUND_MS, glass=fault.glass)
    reason = "" if gone is not None else "a fault during the wipe kept the note"
    return _judged(written, fault, f"{fault.name}, while wiping", seed, watch, gone, reason)


def _judged(
    written: Written, fault: Fault, name: str, seed: int, watch: Watch, gone: float | None, reason: str
) -> Trial:
    pad = written.pad
    pad.run_for(fault.after_ms)
    left = at_end(written, glass=fault.glass)
    if not reason and left["left_hits"]:
        reason = "the note came back into memory"
    if not reason and fault.glass and dirty(written):
        reason = "the glass still shows a ghost"
    if not reason and watch.starved:
        reason = "the watchdog was not fed in time"
    figures = left | {"starved": watch.starved, "longest_unfed_ms": round(watch.longest_ms, 1)}
    return Trial(CAMPAIGN, name, seed, watch.seen(), gone, _ended(pad), reason, figures)


def _ended(pad: VirtualPad) -> str:
    if not pad.host.enumerated:
        return "restarting"
    state = pad.host.serial_state
    return "blank" if state.dsr else "note" if state.dcd else "fault" if state.ri else "wiping or booting"
