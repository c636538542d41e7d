"""swd_host: a serial-wire host, bit by bit, for a debug port's tests (Arm IHI 0031)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kesu_dev.together.debug_port import CORE0, DRW, OK, POWER_UP, TAR

Edge = Callable[[bool | None], bool]
"""One period of SWCLK: SWDIO driven to a level, or let go; returns the level before the rising edge."""


class Answer(NamedTuple):
    """ack: three bits; value: of a read; parity: whether it fits."""

    ack: int
    value: int
    parity: bool


class SwdHost:
    """edge: moves the wires. overrun: ORUNDETECT is set, so each access has a data phase."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self.overrun = False

    def send(self, value: int, count: int) -> None:
        for at in range(count):
            self._edge(bool(value >> at & 1))

    def receive(self, count: int) -> int:
        return sum(int(self._edge(None)) << at for at in range(count))

    def line_reset(self) -> None:
        self.send((1 << 56) - 1, 56)
        self.send(0, 4)

    def request(self, ap: bool, read: bool, address: int) -> int:
        bits = ap | read << 1 | (address >> 2 & 3) << 2
        self.send(1 | bits << 1 | (bits.bit_count() & 1) << 5 | 1 << 7, 8)
        self._edge(None)  # turnaround
        return self.receive(3)

    def read(self, ap: bool, address: int) -> Answer:
        ack = self.request(ap, True, address)
        if ack != OK and not self.overrun:
            self._edge(None)
            return Answer(ack, 0, True)
        value, parity = self.receive(32), self.receive(1)
        self._edge(None)
        return Answer(ack, value, value.bit_count() & 1 == parity)

    def write(self, ap: bool, address: int, value: int, wrong_parity: bool = False) -> int:
        ack = self.request(ap, False, address)
        self._edge(None)
        if ack in (0b111, OK) or self.overrun:  # nobody drives while TARGETSEL is sent
            self.send(value, 32)
            self.send(value.bit_count() & 1 ^ wrong_parity, 1)
        return ack

    def connect(self, target: int = CORE0) -> Answer:
        """Line reset, TARGETSEL, DPIDR, power-up, words with an address that counts."""
        self.line_reset()
        self.write(False, 0xC, target)
        identity = self.read(False, 0x0)
        if identity.ack == OK:
            self.write(False, 0x4, POWER_UP)
            self.write(False, 0x8, 0)
            self.write(True, 0x00, 2 | 1 << 4)
        self.send(0, 2)
        return identity

    def block(self, address: int, count: int) -> list[int]:
        """Words of memory: reads are posted, so the last one comes from RDBUFF."""
        self.write(True, TAR, address)
        self.read(True, DRW)
        words = [self.read(True, DRW).value for _ in range(count - 1)]
        return [*words, self.read(False, 0xC).value]

    def store(self, address: int, value: int) -> None:
        self.write(True, TAR, address)
        self.write(True, DRW, value)
        self.send(0, 8)
