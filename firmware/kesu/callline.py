"""callline: the pad as a CDC-ACM device. DTR and single bytes come in, three modem bits go out."""

# SPDX-License-Identifier: MIT
#
# Descriptors follow USB CDC 1.2 and PSTN 1.2 (section numbers below). Bulk IN exists because the class asks
# for it; nothing here ever hands it a buffer, so every IN token on it is answered with NAK. All buffers are
# made at start-up; the callbacks allocate nothing.
from time import ticks_ms

import native
from kesu import events
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

# PSTN 1.2 table 31, UART state bitmap.
DCD = const(0x01)  # a note is present
DSR = const(0x02)  # blank: the wipe is complete
RI = const(0x08)  # fault

_PENDING_NONE = const(0xFF)

# VID 1209 PID 0001 is the pid.codes number for tests: private use only, to be replaced before pads are sold.
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
    b"\x07\x05\x02\x02\x40\x00\x00"  # endpoint 02: bulk OUT, 64 bytes
    b"\x07\x05\x82\x02\x40\x00\x00"  # endpoint 82: bulk IN, 64 bytes, never armed
)


class _Strings:
    """String descriptors by index. A list would raise (and allocate) for an index a host merely probes."""

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
        # 115200 8N1: the host may set it and read it back; it means nothing here.
        self._coding = bytearray(b"\x00\xc2\x01\x00\x00\x00\x08")
        self._out = bytearray(64)
        # PSTN 1.2 section 6.5.4: SERIAL_STATE of interface 0 with two bytes of bits.
        self._notification = bytearray(b"\xa1\x20\x00\x00\x00\x00\x02\x00\x00\x00")
        self._open = False
        self._sending = False
        self._bits = 0
        self._sent = _PENDING_NONE
        self.dtr = False
        self.ignored = 0
        usb.builtin_driver = usb.BUILTIN_NONE
        usb.config(
            DEVICE, CONFIGURATION, _Strings(), self._opened, self._reset, self._control, self._transferred
        )

    def start(self):
        """Connect to the bus."""
        native.on_suspend(self._suspended)
        self._usb.active(True)

    def show(self, bits):
        """Set the modem bits (DCD, DSR, RI); they go out as soon as the host is there to take them."""
        self._bits = bits
        self._notify()

    def _notify(self):
        if self._open and not self._sending and self._sent != self._bits:
            self._notification[8] = self._bits
            self._sent = self._bits
            self._sending = True
            self._usb.submit_xfer(_EP_NOTIFY, self._notification)

    def _opened(self, _descriptor):
        self._open = True
        self._sending = False
        self._sent = _PENDING_NONE
        self._usb.submit_xfer(_EP_OUT, self._out)
        self._notify()

    def _reset(self):
        self._open = False
        self._sending = False
        self._line(False)

    def _suspended(self):
        # A sleeping PC keeps DTR as it was; the call is over all the same, whether or not a port was open.
        self._sink.post(events.LINE_LOST, ticks_ms())

    def _line(self, dtr):
        if self.dtr and not dtr:
            self._sink.post(events.LINE_LOST, ticks_ms())
        self.dtr = dtr

    def _control(self, stage, request):
        kind = request[0]
        number = request[1]
        if kind == _CLASS_IN:
            return self._coding if number == _GET_LINE_CODING else False
        if kind != _CLASS_OUT:
            return False
        if number == _SET_LINE_CODING:
            return self._coding if stage == _STAGE_SETUP else True
        if number == _SET_CONTROL_LINE_STATE:
            if stage == _STAGE_SETUP:
                self._line(request[2] & 1 == 1)
            return True
        return number == _SEND_BREAK

    def _transferred(self, endpoint, result, count):
        if endpoint == _EP_NOTIFY:
            self._sending = False
            self._notify()
        elif endpoint == _EP_OUT:
            if result == 0:
                position = 0
                while position < count:
                    self._byte(self._out[position])
                    position += 1
            if self._open:
                self._usb.submit_xfer(_EP_OUT, self._out)
        return True

    def _byte(self, byte):
        event = events.NONE
        if byte == 0x45:  # E: ended, ready for the next
            event = events.CALL_ENDED
        elif byte == 0x41:  # A: away
            event = events.AWAY
        elif byte == 0x4B:  # K: PC locked
            event = events.LOCKED
        elif byte == 0x52:  # R: ring
            event = events.RING
        elif byte == 0x50:  # P: payment
            event = events.PAYMENT
        elif byte == 0x70:  # p: paid
            event = events.PAID
        if event == events.NONE:
            self.ignored = (self.ignored + 1) & 0xFFFF
        else:
            self._sink.post(event, ticks_ms())
