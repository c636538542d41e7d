"""doubles: hand-written panel, sampler, touch chip, pin and USB device; each records its calls."""
# SPDX-License-Identifier: MIT

import native

OK = 0
STILL = 1
TOO_SHORT = 2
TOO_LONG = 3
OTHER = 4


class Panel:
    """Both planes as the driver would write them, and BUSY as the test sets it."""

    def __init__(self):
        self.new = bytearray(15000)
        self.old = bytearray(15000)
        self.is_busy = False
        self.trusts_busy = True
        self.verdicts = []
        self.log = []
        self.forgotten = False
        self.on_write = None
        self.clean_at_ms = 530
        self.ready_after_ms = 1700
        self.rung = 2
        self.pulses = 5
        self.probed = True

    def busy(self):
        return self.is_busy

    def abort(self):
        self.log.append("abort")
        self.is_busy = False
        return True

    def restart(self):
        self.log.append("restart")
        self.is_busy = False

    def prepares(self):
        return False

    def left(self, limit_ms):
        return limit_ms

    def forget(self, _ms):
        self.forgotten = True

    def fill_planes(self, new_value, old_value):
        assert not self.is_busy
        self.log.append("fill")
        for i in range(15000):
            self.new[i] = new_value
            self.old[i] = old_value

    def write_new(self, frame, row0, row1):
        self._write(self.new, "new", frame, row0, row1)

    def write_old(self, frame, row0, row1):
        self._write(self.old, "old", frame, row0, row1)

    def write_both(self, frame, ages, row0, row1):
        assert not self.is_busy
        self.log.append("both")
        self.new[row0 * 50 : row1 * 50] = frame[row0 * 50 : row1 * 50]
        self.old[row0 * 50 : row1 * 50] = native.old_plane(frame, ages, row0 * 50, row1 * 50)
        if self.on_write is not None:
            self.on_write()

    def _write(self, plane, name, frame, row0, row1):
        assert not self.is_busy
        self.log.append(name)
        for i in range(row0 * 50, row1 * 50):
            plane[i] = frame[i]
        if self.on_write is not None:
            self.on_write()

    def start_partial(self):
        self._start("partial")

    def start_fast_full(self):
        self._start("fast_full")

    def start_dark(self):
        self._start("dark")

    def start_ink(self):
        self._start("pulse")

    def start_turn(self):
        self._start("turn")

    def start_page(self):
        self._start("page")

    def start_probe(self):
        self.probed = True
        self._start("probe")

    def power_off(self):
        self._start("power_off")

    def _start(self, name):
        assert not self.is_busy
        self.log.append(name)
        self.is_busy = True

    def finished(self):
        if self.is_busy:
            return STILL
        verdict = self.verdicts.pop(0) if self.verdicts else OK
        if verdict == OTHER:
            self.rung = 0
            self.probed = True
        return verdict


class Sampler:
    """Records whether sampling is on."""

    def __init__(self):
        self.on = True

        self.flushes = 0

    def stop(self):
        self.on = False

    def flush(self):
        self.flushes += 1

    def start(self):
        self.on = True


class HoldUp:
    """The hold-up cell, charged."""

    low = False

    def sense(self) -> None:
        pass


class Touch:
    """Counts reset pulses and records whether it is held in reset."""

    RESET_MS = 6

    def __init__(self):
        self.pulses = 0
        self.is_held = False

    def hold(self):
        self.is_held = True

    def release(self):
        assert self.is_held
        self.is_held = False
        self.pulses += 1


class Pin:
    """An input with a pull-up; `move` changes its level and calls the interrupt handler."""

    IRQ_FALLING = 4
    IRQ_RISING = 8

    def __init__(self, level=1):
        self.level = level
        self.handler = None
        self.hard = False

    def value(self):
        return self.level

    def irq(self, handler, trigger, hard=False):
        assert trigger == 12
        self.handler = handler
        self.hard = hard

    def move(self, level):
        if level != self.level:
            self.level = level
            self.handler(self)


class Led:
    """An output; `levels` are those that were set, in order."""

    def __init__(self):
        self.levels = []

    def value(self, level):
        self.levels.append(level)


class Usb:
    """machine.USBDevice; the test plays the host."""

    BUILTIN_NONE = "none"

    def __init__(self):
        self.builtin_driver = "default"
        self.on = False
        self.transfers = []

    def config(self, device, configuration, strings, opened, reset, control, transferred):
        self.device = device
        self.configuration = configuration
        self.strings = strings
        self.opened = opened
        self.reset = reset
        self.control = control
        self.transferred = transferred

    def active(self, on):
        self.on = on

    def submit_xfer(self, endpoint, buffer):
        self.transfers.append((endpoint, buffer, bytes(buffer)))
        return True


class Sink:
    """Takes the place of Events for a call line."""

    def __init__(self):
        self.posted = []
        self.is_urgent = False

    def post(self, event, ms):
        self.posted.append(event)

    def urgent(self):
        return self.is_urgent
