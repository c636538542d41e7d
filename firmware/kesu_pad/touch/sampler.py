"""sampler: reads the touch controller into a ring, in its interrupt and independent of the loop."""
# SPDX-License-Identifier: MIT

from array import array
from time import ticks_ms

import native
from kesu_pad import events
from micropython import const

_TOUCH_RING = const(3)  # owner kinds of native.own
_SCRATCH = const(4)

# 0.64 s at 100 reports a second; the loop empties the ring in every turn.
_SAMPLES = const(64)
_MASK = const(_SAMPLES - 1)
_FIELDS = const(
    4
)  # x, y, low 16 bits of ticks_ms, bits: 1 a finger has just come down, 2 there is a second one

# Fields of the state. It counts as ink (how much was written, and when) and is zeroed with the ring.
_HEAD = const(0)
_TAIL = const(1)
_LOST = const(2)
_LAST_MS = const(3)
_TOUCHED = const(4)
_TAKEN_MS = const(5)
_STATE = const(6)

_TICKS_MASK = const(0x3FFFFFFF)  # ticks_ms counts modulo 2^30


class Sampler:
    """Ring of touch samples. native.zero_owned() empties it; call stop() first."""

    def __init__(self, chip, int_pin, sink):
        self._chip = chip
        self._events = sink
        self._int_pin = int_pin
        self._raw = bytearray(chip.RAW_BYTES)
        self._ring = array("H", bytearray(2 * _FIELDS * _SAMPLES))
        self._state = array("i", [0] * _STATE)
        self._on = True
        self._used = False
        self.fault = False
        self.fault_ms = 0  # ticks_ms of the report that could not be read
        native.own(_TOUCH_RING, self._ring)
        native.own(_TOUCH_RING, self._state)
        native.own(_SCRATCH, self._raw)
        self._handler = self._on_report
        int_pin.irq(self._handler, int_pin.IRQ_FALLING, hard=True)

    @property
    def lost(self):
        """Number of samples lost because the ring was full, since it was last zeroed."""
        return self._state[_LOST]

    @property
    def last_ms(self):
        """ticks_ms of the last report with a touch; 0 when there was none since the ring was zeroed."""
        return self._state[_LAST_MS]

    @property
    def taken_ms(self):
        """ticks_ms of the sample that take() returned last."""
        return self._state[_TAKEN_MS]

    def stop(self):
        """Ignore reports from now on."""
        self._on = False

    def start(self):
        """Configure the controller again and take reports. Call it 300 ms or more after a reset pulse."""
        try:
            self._chip.configure()
            # Flush here too: when a fault was handled the chip could not be read.
            self._chip.flush()
        except OSError:
            self._fail()
        self._on = True
        self._used = True
        # A chip that holds INT low until it is read may have done so while reports were ignored: no further
        # edge would come.
        if not self._int_pin.value():
            self._on_report(self._int_pin)

    def flush(self):
        """Flush the last coordinates out of the I2C block, if anything was read since start().

        A failure is ignored here; the next use of the bus reports it.
        """
        if not self._used:
            return
        self._used = False
        try:
            self._chip.flush()
        except OSError:
            pass

    def _fail(self):
        # Post an event too, because it interrupts a long job of the loop (Events.urgent).
        self.fault = True
        self.fault_ms = ticks_ms()
        self._events.post(events.FAILED, self.fault_ms)

    def count(self):
        """Return the number of samples waiting, 0..64."""
        return (self._state[_HEAD] - self._state[_TAIL]) & 0x7F

    def take(self, into):
        """Move the oldest sample to `into` and return 1, or return 0 when none waits.

        `into`: array('H') for x, y, ticks_ms & FFFFh and, if longer, bits: 1 when the finger has
        just come down, 2 when there are two.
        """
        state = self._state
        tail = state[_TAIL]
        if tail == state[_HEAD]:
            return 0
        ring = self._ring
        at = (tail & _MASK) * _FIELDS
        # The ring keeps 16 bits of the time; the newest report, at most 65 s later, gives the rest.
        last_ms = state[_LAST_MS]
        state[_TAKEN_MS] = (last_ms - ((last_ms - ring[at + 2]) & 0xFFFF)) & _TICKS_MASK
        for field in range(min(len(into), _FIELDS)):
            into[field] = ring[at + field]
            ring[at + field] = 0
        state[_TAIL] = (tail + 1) & 0x7F
        return 1

    def _on_report(self, _pin):
        # Stop reading after the first failure: each read of a hung bus takes its full timeout.
        if not self._on or self.fault:
            return
        state = self._state
        raw = self._raw
        try:
            touched = self._chip.acquire(raw)
        except OSError:
            self._fail()
            return
        if not touched:
            state[_TOUCHED] = 0
            return
        now_ms = ticks_ms()
        state[_LAST_MS] = now_ms
        head = state[_HEAD]
        if (head - state[_TAIL]) & 0x7F == _SAMPLES:
            state[_LOST] += 1
            return
        ring = self._ring
        at = (head & _MASK) * _FIELDS
        ring[at] = self._chip.x(raw)
        ring[at + 1] = self._chip.y(raw)
        ring[at + 2] = now_ms & 0xFFFF
        # A lift is not always reported (hardware-facts C.2), so either indication counts.
        down = 1 if self._chip.is_new(raw) or not state[_TOUCHED] else 0
        # The first byte of both chips is their count of contacts.
        ring[at + 3] = down | (2 if raw[0] & 0x0F > 1 else 0)
        state[_TOUCHED] = 1
        state[_HEAD] = (head + 1) & 0x7F
