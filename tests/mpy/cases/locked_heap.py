"""locked_heap: runs a note and its wipe in the pure modules, with the heap locked."""
# SPDX-License-Identifier: MIT

import sys

import doubles
import micropython
import native
from kesu_pad import callline, deadlines, events, ink, keys, memo, refresh, session


def _nothing_7(_a, _b, _c, _d, _e, _f, _g):
    pass


def _nothing_6(_a, _b, _c, _d, _e, _f):
    pass


def _nothing_1(_a):
    pass


def _aim(_shown, _ages, _under, _over, _start, _end, _pulses):
    return 8


def _age(_shown, _ages, _start, _end):
    return 0


class Panel:
    """A panel that only counts calls, so that it allocates nothing."""

    rung = 2
    pulses = 5

    def __init__(self):
        self.writes = 0
        self.starts = 0
        self.waveform = False

    def busy(self):
        return self.waveform

    def write_both(self, _frame, _ages, _row0, _row1):
        self.writes += 1

    def start_ink(self):
        self.starts += 1
        self.waveform = True

    def start_dark(self):
        self.starts += 1

    def start_page(self):
        self.starts += 1

    def power_off(self):
        self.starts += 1

    def left(self, limit_ms):
        return limit_ms

    def finished(self):
        return 1 if self.waveform else 0


class Usb(doubles.Usb):
    """A USB device that only counts calls, so that it allocates nothing."""

    count = 0

    def submit_xfer(self, _endpoint, _buffer):
        self.count += 1
        return True


class Sink:
    """Takes the place of Events for a call line."""

    def __init__(self):
        self.count = 0

    def post(self, _event, _ms):
        self.count += 1

    def urgent(self):
        return False


kept = memo.Memo()
native.stroke = _nothing_7
native.blit = _nothing_6
native.aim = _aim
native.age = _age
panel = Panel()
latches = events.Events()
pad = session.Session(session.BY_AGENT)
pen = ink.Ink(kept, 2, latches)
partial = refresh.Refresh(panel, kept, latches)
due = deadlines.Deadlines()
pin = doubles.Pin()
key = keys.Contact(bytearray(1), pin, latches, events.WIPE_KEY, 0, 0)
key.start()
usb = Usb()
usb.count = 0
sink = Sink()
line = callline.CallLine(usb, sink)
native.usb_from = _nothing_1
line._out[0] = 0x45
dtr_on = memoryview(b"\x21\x22\x01\x00\x00\x00\x00\x00")
dtr_off = memoryview(b"\x21\x22\x00\x00\x00\x00\x00\x00")
opened = line._opened
control = line._control
transferred = line._transferred
handler = pin.handler


def note():
    """Write, refresh, press a key, wipe."""
    pad.step(events.WIPED)
    i = 0
    while i < 300:
        if pen.point(50 + i, 40 + i % 200, 10 * i, 1 if i == 0 else 0):
            pad.step(events.PEN)
            due.begin_note(10 * i, False)
            due.used(10 * i, False)
            due.enter_call(10 * i)
            due.may_resume(10 * i)
            due.resumed(10 * i)
            due.begin_wrap_up(10 * i)
        partial.step(10 * i)
        partial.left(10 * i, 1000)
        if i % 36 == 0:
            panel.waveform = False
        i += 1
    opened(None)
    control(1, dtr_on)
    line.show(2, 4000)
    line._waits()
    line.unlinked()
    transferred(0x81, 0, 10)
    transferred(0x02, 0, 1)
    pad.step(line.next())
    line.next()
    control(1, dtr_off)
    line._lose()
    pin.level = 0
    handler(pin)
    key.step(5)
    key.left(5, 100)
    event = latches.take()
    pad.step(event)
    latches.forget(4000)
    due.near(4000)
    due.seconds(4000)
    due.wait(4000, 100, True)
    due.wait(4000, 100, False)
    due.post(latches, 4000)
    due.forget(4000)
    partial.forget(4000)
    return pad.state


def allocates():
    """Allocate, to show that the lock catches it."""
    return [pin]


micropython.heap_lock()
state = note()
try:
    allocates()
    caught = False
except MemoryError:
    caught = True
micropython.heap_unlock()

assert caught, "the heap was not locked"
assert state == session.WIPING, state
assert panel.starts > 5
assert panel.writes > 20
assert usb.count >= 4
assert sink.count == 2
print("locked_heap on", sys.implementation.name, "passed")
