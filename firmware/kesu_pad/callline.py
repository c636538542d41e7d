"""callline: the pad as a CDC-ACM device. DTR and single bytes come in, three modem bits go out."""

# SPDX-License-Identifier: MIT
#
# Descriptors follow USB CDC 1.2 and PSTN 1.2 (section numbers below). Bulk IN exists because the class
# requires it; nothing here gives it a buffer, so every IN token on it is answered with NAK. All buffers are
# made at start-up; the callbacks allocate nothing.
#
# Bytes from the host are handled in order: a packet stays in its buffer until the loop has read each of its
# bytes, and until then the host is answered with NAK. A packet is as short as USB allows: all of it is read in
# one turn of the loop, so the pad is always ready for the next one at the same tick, whatever it is drawing.
# When the line is lost, the rest of the packet is dropped. Baud rate and break are accepted without effect: they
# reach no console and cannot enter BOOTSEL.
#
# The interrupt of the USB controller detects a lost line (native/usb_events.c), so nothing delays that.
# Outgoing packets leave at fixed ticks (native/usb_ticks.c), so their timing does not depend on ink.
from time import ticks_ms

import native
from kesu_pad import events, policy, signs
from micropython import const

_EP_NOTIFY = const(0x81)
_EP_OUT = const(0x02)

# PSTN 1.2 table 13, class requests.
_SET_LINE_CODING = const(0x20)
_GET_LINE_CODING = const(0x21)
_SET_CONTROL_LINE_STATE = const(0x22)
_SEND_BREAK = const(0x23)
_CLASS_OUT = const(0x21)  # bmRequestType: class request to an interface
_CLASS_IN = const(0xA1)
_STAGE_SETUP = const(1)
_CODING_BYTES = const(7)  # PSTN 1.2 table 17

# generated from host_tools/kesu/spec/call_line.toml by `kesu dev generate`
# Bytes from the host.
_RING = const(0x52)  # R: ring
_TALK = const(0x54)  # T: talk
_HOLD = const(0x48)  # H: hold
_WRAP_UP = const(0x57)  # W: wrap-up (or the hook opens)
_ENDED = const(0x45)  # E: ended, ready
_AWAY = const(0x41)  # A: away
_LOCKED = const(0x4B)  # K: PC locked
_PAYMENT = const(0x50)  # P: payment on
_PAID = const(0x70)  # p: payment off
_MUTED = const(0x4D)  # M: mute on
_UNMUTED = const(0x6D)  # m: mute off
# PSTN 1.2 table 31, UART state bitmap.
DCD = const(0x01)  # a note is present
DSR = const(0x02)  # blank: the wipe is complete
RI = const(0x08)  # fault
# end of generated

_PENDING_NONE = const(0xFF)
_PACKET = const(8)  # USB 2.0 section 5.8.3: 8, 16, 32 or 64 bytes

# VID 1209 belongs to pid.codes, which assigns PIDs under it to open projects. PID 0001 is its PID for tests,
# for private use only: Kesu needs a PID of its own before pads are sold.
DEVICE = (
    b"\x12\x01\x00\x02"  # device, USB 2.0
    b"\xef\x02\x01\x40"  # miscellaneous class, IAD protocol, 64-byte control endpoint
    b"\x09\x12\x01\x00\x00\x01"  # VID 1209, PID 0001, release 1.0
    b"\x01\x02\x00\x01"  # manufacturer, product, no serial number, one configuration
)

CONFIGURATION = (
    b"\x09\x02\x4b\x00\x02\x01\x00\x80\x7d"  # 75 bytes, 2 interfaces, bus powered, 250 mA
    b"\x08\x0b\x00\x02\x02\x02\x00\x00"  # association: interfaces 0 and 1, CDC, ACM
    b"\x09\x04\x00\x00\x01\x02\x02\x00\x00"  # interface 0: communication, ACM, one endpoint
    b"\x05\x24\x00\x20\x01"  # CDC header, release 1.20
    b"\x05\x24\x01\x00\x01"  # call management: none, data interface 1
    b"\x04\x24\x02\x06"  # ACM: line coding and state, break
    b"\x05\x24\x06\x00\x01"  # union of interfaces 0 and 1
    b"\x07\x05\x81\x03\x10\x00\x10"  # endpoint 81: interrupt IN, 16 bytes, 16 ms
    b"\x09\x04\x01\x00\x02\x0a\x00\x00\x00"  # interface 1: data, two endpoints
    b"\x07\x05\x02\x02\x08\x00\x00"  # endpoint 02: bulk OUT, 8 bytes
    b"\x07\x05\x82\x02\x40\x00\x00"  # endpoint 82: bulk IN, 64 bytes, never armed
)


class _Strings:
    """String descriptors by index. A list would raise (and allocate) for an unknown index that a host probes."""

    def __getitem__(self, index):
        if index == 1:
            return "Kesu"
        if index == 2:
            return "Kesu pad"
        return None


class CallLine:
    """Turns DTR and call bytes into events, and keeps the host's copy of the three modem bits current."""

    def __init__(self, usb, sink):
        self._usb = usb
        self._sink = sink
        # 115200 8N1: the host may set it and read it back; it has no effect. Both buffers for received bytes have
        # room for the longest packet: TinyUSB copies all of it, and a hostile host sends more than is allowed.
        self._coding = memoryview(bytearray(b"\x00\xc2\x01\x00\x00\x00\x08" + bytes(57)))[:_CODING_BYTES]
        self._out = memoryview(bytearray(64))[:_PACKET]
        # PSTN 1.2 section 6.5.4: SERIAL_STATE of interface 0 with two bytes of bits.
        self._notification = bytearray(b"\xa1\x20\x00\x00\x00\x00\x02\x00\x00\x00")
        self._open = False
        self._listening = False
        self._count = 0
        self._position = 0
        self._sending = False
        self._bits = 0
        self._setups = 0
        self._sent = _PENDING_NONE
        self.signs = 0
        self.in_call = False  # the last state that the host sent is talk or hold
        self.ignored = 0
        # At a start the host has to wait until the glass is being whitened: each request takes milliseconds.
        self.starting = True
        usb.builtin_driver = usb.BUILTIN_NONE
        usb.config(
            DEVICE, CONFIGURATION, _Strings(), self._opened, self._reset, self._control, self._transferred
        )

    def start(self):
        """Connect to the bus."""
        self._usb.active(True)
        native.on_usb(self._lose, self._waits)

    def unlinked(self):
        """Return the sign for a line that the policy expects and that is down (DTR is low), or 0."""
        return signs.UNLINKED if policy.LINE_EXPECTED and not native.linked() else 0

    def show(self, bits, about_ms):
        """Set the modem bits (DCD, DSR, RI) for the state at ticks `about_ms`. They are sent at the second
        tick of the bus after that, or when the host can take them."""
        self._bits = bits
        native.usb_from(about_ms)
        self._notify()

    def next(self):
        """Return the event of the next byte of the packet. NONE at the end of the packet, when the next one
        may come."""
        while self._position < self._count:
            position = self._position
            self._position = position + 1
            event = self._meaning(self._out[position])
            if event != events.NONE:
                return event
        self._listen()
        return events.NONE

    def _meaning(self, byte):
        if byte == _ENDED:
            self._no_call()
            return events.CALL_ENDED
        if byte == _RING:
            self._no_call()
            return events.RING
        if byte == _TALK:
            self.signs &= signs.MUTED
            self.in_call = True
            return events.TALK
        if byte == _WRAP_UP:
            self._no_call()
            return events.WRAP_UP
        if byte == _AWAY:
            self.in_call = False
            return events.AWAY
        if byte == _LOCKED:
            self.in_call = False
            return events.LOCKED
        if byte == _PAYMENT:
            return events.PAYMENT
        if byte == _PAID:
            return events.PAID
        if byte == _HOLD:
            self.signs |= signs.HELD
            self.in_call = True
            return events.TALK
        if byte == _MUTED:
            self.signs |= signs.MUTED
        elif byte == _UNMUTED:
            self.signs &= signs.HELD
        else:
            self.ignored = (self.ignored + 1) & 0xFFFF
        return events.NONE

    def _no_call(self):
        self.signs = 0
        self.in_call = False

    def _listen(self):
        setups = self._setups
        if self._open and not self._listening:
            self._listening = True
            self._submit(_EP_OUT, self._out, setups)

    def _notify(self):
        setups = self._setups
        if self._open and not self._sending and self._sent != self._bits:
            self._notification[8] = self._bits
            self._sent = self._bits
            self._sending = True
            self._submit(_EP_NOTIFY, self._notification, setups)

    def _submit(self, endpoint, buffer, setups):
        try:
            self._usb.submit_xfer(endpoint, buffer)
        except OSError:
            # EBUSY: the host has configured the device again since the caller read `setups`, and _opened()
            # has submitted this already. Otherwise the pad would no longer receive, which is a fault.
            if setups == self._setups:
                raise

    def _opened(self, _descriptor):
        self._setups = (self._setups + 1) & 0xFF
        self._open = True
        self._listening = False
        self._sending = False
        self._sent = _PENDING_NONE
        self._listen()
        self._notify()

    def _reset(self):
        self._setups = (self._setups + 1) & 0xFF
        self._open = False
        self._lose()

    def _lose(self):
        # Also when no port was open: if the PC sleeps, the call is over in any case.
        self._no_call()
        self._position = self._count
        self._sink.post(events.LINE_LOST, ticks_ms())

    def _waits(self):
        # While a fault is shown no events are taken, so USB must not wait for that.
        return not self._bits & RI and (self.starting or self._sink.urgent())

    def _control(self, stage, request):
        kind = request[0]
        number = request[1]
        if kind == _CLASS_IN:
            if number != _GET_LINE_CODING:
                return False
            # Returning a buffer starts a data stage, so return it at the first stage only. Returned at the
            # last stage, it would start a data stage that the host has not requested, again and again.
            return self._coding if stage == _STAGE_SETUP else True
        if kind != _CLASS_OUT:
            return False
        # Refuse a request of the wrong length at once. Otherwise the host would wait to send data that the
        # pad never reads, or send more than the buffer's length.
        length = request[6] | request[7] << 8
        if number == _SET_LINE_CODING:
            if length != _CODING_BYTES:
                return False
            return self._coding if stage == _STAGE_SETUP else True
        if length:
            return False
        return number in (_SET_CONTROL_LINE_STATE, _SEND_BREAK)

    def _transferred(self, endpoint, result, count):
        if endpoint == _EP_NOTIFY:
            self._sending = False
            self._notify()
        elif endpoint == _EP_OUT:
            self._listening = False
            self._position = 0
            self._count = 0 if result else count if count < _PACKET else _PACKET
            self._sink.post(events.BYTES, ticks_ms())
        return True
