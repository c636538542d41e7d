"""flood: a hostile host that sends traffic of one or all kinds at the highest rate, and counts what arrived.

Two modes. Open: the next packet comes after a fixed time, whether or not the last was answered; the controller
keeps one setup packet and accepts every one, as a device must (USB 2.0 section 8.5.3). Closed: the next request
comes shortly after the answer to the last, as from a driver in a loop. On a real bus a setup transaction takes
some 14 us (8 bytes of data in 21 byte times at 12 Mbit/s), 70 a millisecond; higher rates exist only in the
emulator. When the pad releases D+, an ordinary host stops sending; this one does not.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from rp2040py.peripherals import usb

from kesu.emulator.core.clock import NS_PER_US, Alarm, Clock
from kesu.emulator.usb.controller import UsbController
from kesu.emulator.usb.host import UsbHost
from kesu.emulator.usb.messages import ControlTransfer, words
from kesu.spec.call_line import AWAY, HOLD, MUTED, PAYMENT

CLOSED_GAP_US = 5.0
LASTING = b"".join((AWAY, HOLD, MUTED, PAYMENT))
"""Bytes that a mixed flood leaves out: they change the page or the strip for longer than the flood lasts."""
_OTHERS = bytes(set(range(256)) - set(LASTING))
ERRORS = (
    usb.SIE_CRC_ERROR
    | usb.SIE_BIT_STUFF_ERROR
    | usb.SIE_RX_OVERFLOW
    | usb.SIE_RX_TIMEOUT
    | usb.SIE_DATA_SEQ_ERROR
)
"""Bits that malformed packets set in SIE_STATUS (RP2040 datasheet 4.1.4)."""
STRAY = usb.INTR_DEV_SOF | usb.INTR_EP_STALL_NAK
"""Raw interrupts of frames, and of IN and OUT tokens that are answered with NAK."""


def _setup(kind: int, number: int, value: int = 0, index: int = 0, length: int = 0) -> bytes:
    return bytes([kind, number]) + words(value, index, length)


LINE_STATE = _setup(0x21, 0x22, 1)
DTR_OFF = _setup(0x21, 0x22, 0)
GET_CODING = _setup(0xA1, 0x21, length=7)
SET_CODING = _setup(0x21, 0x20, length=7)
DEVICE = _setup(0x80, 0x06, 0x0100, length=18)
PRODUCT = _setup(0x80, 0x06, 0x0302, 0x0409, 255)
CONFIGURATION = _setup(0x80, 0x06, 0x0200, length=75)
UNKNOWN = _setup(0xC0, 0x51, length=64)
CLEAR_HALT = _setup(0x02, 0x01, 0, 0x02)
CONFIGURE, DECONFIGURE = _setup(0x00, 0x09, 1), _setup(0x00, 0x09, 0)
CODING = bytes([0x80, 0x25, 0, 0, 0, 0, 8])


@dataclass(frozen=True)
class Kind:
    """One kind of traffic: setup packets in turn; `signals`: bits of SIE_STATUS in turn; `bulk`: bytes on bulk
    OUT as fast as the pad accepts them. every_us: open, with that period; 0: closed, gap_us after each answer.
    mixed: random packets of all kinds."""

    name: str
    setups: tuple[bytes, ...] = ()
    every_us: float = 0.0
    gap_us: float = CLOSED_GAP_US
    signals: tuple[int, ...] = ()
    raw: int = 0
    bulk: bytes = b""
    mixed: bool = False


KINDS: tuple[Kind, ...] = (
    Kind("line state, DTR kept, each answered", (LINE_STATE,)),
    Kind("line coding read, each answered", (GET_CODING,)),
    Kind("descriptor read, each answered", (DEVICE,)),
    Kind("unknown request, each refused", (UNKNOWN,)),
    Kind("line coding written, each answered", (SET_CODING,)),
    Kind("line coding read 20 us apart, bytes on bulk OUT", (GET_CODING,), gap_us=20.0, bulk=b"z"),
    Kind("line state, 8.4 a ms, never waited for", (LINE_STATE,), every_us=119.0),
    Kind("line coding, 12.3 a ms, never waited for", (GET_CODING,), every_us=81.0),
    Kind("descriptor, 17 a ms, never waited for", (DEVICE,), every_us=59.0),
    Kind("unknown request, 99 a ms, never waited for", (UNKNOWN,), every_us=10.1),
    Kind("descriptor, 70 a ms, never waited for", (DEVICE, PRODUCT, CONFIGURATION), every_us=14.0),
    Kind("line coding announced and never sent, 30 a ms", (SET_CODING,), every_us=33.0),
    Kind("line state, DTR up and down, 20 a ms", (LINE_STATE, DTR_OFF), every_us=50.0),
    Kind("configuration set and taken back, each answered", (DECONFIGURE, CONFIGURE)),
    Kind("configuration set and taken back, 10 a ms", (DECONFIGURE, CONFIGURE), every_us=100.0),
    Kind("halt ended, each answered", (CLEAR_HALT,)),
    Kind("descriptor, two a ms, never waited for", (DEVICE, PRODUCT), every_us=540.0),
    Kind("configuration set, one a ms", (DECONFIGURE, CONFIGURE), every_us=1_030.0),
    Kind("bytes on bulk OUT", bulk=b"z" * 64),
    Kind("one byte on bulk OUT at a time", bulk=b"T"),
    Kind("bus resets 20 us apart", every_us=20.0, signals=(usb.SIE_BUS_RESET,)),
    Kind("bus resets 1 ms apart", every_us=1_000.0, signals=(usb.SIE_BUS_RESET,)),
    Kind("sleep and wake, 3 ms apart", every_us=1_500.0, signals=(usb.SIE_SUSPENDED, usb.SIE_RESUME)),
    Kind("broken packets and stray tokens", every_us=15.0, signals=(ERRORS,), raw=STRAY),
    Kind("everything at once", every_us=25.0, mixed=True),
    Kind("everything at once, slowly", every_us=600.0, mixed=True),
    Kind("configuration set, always the same, one a ms", (CONFIGURE,), every_us=1_030.0),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}
MIXED_SETUPS = tuple(dict.fromkeys(setup for kind in KINDS for setup in kind.setups))
MIXED_SIGNALS = (usb.SIE_BUS_RESET, usb.SIE_SUSPENDED, usb.SIE_RESUME, ERRORS)


class Flood:
    """One flood on one pad's cable. `delivered` counts what reached the controller, by kind."""

    def __init__(
        self, controller: UsbController, host: UsbHost, clock: Clock, kind: Kind, seed: int = 1
    ) -> None:
        self._controller = controller
        self._host = host
        self._clock = clock
        self._kind = kind
        self._random = random.Random(seed)
        self._turn = 0
        self._alarm: Alarm | None = None
        self._bulk_alarm: Alarm | None = None
        self.delivered: Counter[str] = Counter()
        self.running = False

    def start(self) -> None:
        """Start or restart. The flood lasts until `stop`, until the cable is unplugged or the bus sleeps."""
        if self.running:
            self.stop()
        self.running = True
        self._step()
        if self._kind.bulk:
            self._bulk()

    def stop(self) -> None:
        """Stop the flood, and take back the bytes that the pad has not accepted yet."""
        self.running = False
        self._host.drop_queued()
        for alarm in (self._alarm, self._bulk_alarm):
            if alarm is not None:
                alarm.cancel()

    def _later(self, delay_us: float, action: Callable[[], None]) -> Alarm:
        return self._clock.after(max(1, round(delay_us * NS_PER_US)), action)

    @property
    def _wired(self) -> bool:
        return self.running and self._host.attached and not self._host.suspended

    def _step(self) -> None:
        if not self._wired:
            return
        kind = self._kind
        if kind.mixed:
            self._any()
        elif kind.signals:
            self._signal(kind.signals[self._turn % len(kind.signals)], kind.raw)
        elif kind.setups:
            setup = kind.setups[self._turn % len(kind.setups)]
            if not kind.every_us:
                self._ask(setup)
                self._turn += 1
                return
            self._raw(setup)
        else:
            return
        self._turn += 1
        self._alarm = self._later(kind.every_us, self._step)

    def _any(self) -> None:
        if self._random.random() < 0.8:
            self._raw(self._random.choice(MIXED_SETUPS))
        else:
            self._signal(self._random.choice(MIXED_SIGNALS), self._random.choice((0, STRAY)))
        if self._random.random() < 0.1:
            self._write(bytes(self._random.choices(_OTHERS, k=self._random.randrange(1, 64))))

    def _raw(self, setup: bytes) -> None:
        self.delivered["setup"] += 1
        self._controller.send_setup_packet(setup)

    def _signal(self, bits: int, raw: int) -> None:
        self.delivered["signal"] += 1
        self._controller.signal(bits)
        if raw:
            self._controller.stray(raw)

    def _ask(self, setup: bytes) -> None:
        self.delivered["setup"] += 1
        self._await(self._host.control(setup, CODING if setup == SET_CODING else b""))

    def _await(self, transfer: ControlTransfer) -> None:
        """Poll for the answer every CLOSED_GAP_US, then send the next request."""
        if not self._wired:
            return
        if transfer.done:
            self._alarm = self._later(self._kind.gap_us, self._step)
        else:
            self._alarm = self._later(CLOSED_GAP_US, partial(self._await, transfer))

    def _bulk(self) -> None:
        if not self._wired:
            return
        if not self._host.unheard:
            self._write(self._kind.bulk)
        self._bulk_alarm = self._later(CLOSED_GAP_US, self._bulk)

    def _write(self, data: bytes) -> None:
        if self._host.configuration.bulk_out is not None:
            self.delivered["bulk"] += 1
            self._host.write(data)
