"""debug_port: a serial-wire debug port of an RP2040 or RP2350, answering edge by edge (Arm ADIv5.2, IHI 0031; ADIv6,
IHI 0074; RP2040 datasheet 2.3.4, RP2350 datasheet 3.5).

SW-DP with multidrop (DPv2) and one MEM-AP. The target samples and drives SWDIO at rising edges of SWCLK (IHI 0031
B4.1). An RP2040 has three of these on the same two wires, of which TARGETSEL selects one after each line reset.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

CORE0, CORE1 = 0x0100_2927, 0x1100_2927
"""TARGETSEL of both cores' ports (RP2040 datasheet 2.3.4.1)."""
DPIDR, AP_IDR = 0x0BC1_2477, 0x0477_0031
"""Of both ports, and of their AHB-AP (RP2040 datasheet 2.3.4.2 and 2.4)."""
RP2350_TARGET, RP2350_DPIDR = 0x0004_0927, 0x4C01_3477
"""TARGETID and DPIDR of an RP2350 (OpenOCD's target/rp2350.cfg; read from boards by several users)."""
CORE0_OF_RP2350, ACCESS_REGISTERS = 0x2000, 0xD00
"""Address of core 0's access port (RP2350 datasheet 3.5.1), and of CSW in a MEM-AP of ADIv6 (IHI 0074 C2.6)."""
RESET_ONES = 50
OK, FAULT = 0b001, 0b100
ABORT = DPIDR_AT = 0x0
CTRL_STAT, SELECT, TARGETSEL = 0x4, 0x8, 0xC
CSW, TAR, DRW, BD0, IDR = 0x00, 0x04, 0x0C, 0x10, 0xFC
ORUN_DETECT, STICKY_ORUN, STICKY_ERR, WDATA_ERR = 1 << 0, 1 << 1, 1 << 5, 1 << 7
_CLEARS = ((1 << 2, STICKY_ERR), (1 << 3, WDATA_ERR), (1 << 4, STICKY_ORUN))
"""Bits of ABORT and what each clears."""
POWER_UP = 1 << 28 | 1 << 30
_ACKS = (1 << 28, 1 << 29), (1 << 30, 1 << 31)
_INCREMENT_WRAPS = 0x400
"""TAR counts in its lowest ten bits only (IHI 0031 C2.2.2)."""


class Memory(Protocol):
    """What the MEM-AP reads and writes. Raises LookupError where nothing answers. size: 1, 2 or 4."""

    def read(self, address: int, size: int) -> int: ...
    def write(self, address: int, size: int, value: int) -> None: ...


class Phase(Enum):
    """What the next rising edges are."""

    LOCKED = auto()
    IDLE = auto()
    REQUEST = auto()
    TURN_TO_TARGET = auto()
    ACK = auto()
    READ = auto()
    TURN_TO_HOST = auto()
    TURN_TO_WRITE = auto()
    WRITE = auto()


@dataclass(frozen=True)
class Request:
    """ap: to the access port, not the debug port; read; address: bits 2 and 3."""

    ap: bool
    read: bool
    address: int


class DebugPort:
    """One port. targetsel: what selects it. v6: an RP2350's: a line reset alone selects it, and access ports have
    addresses. drives: the level that it drives on SWDIO, None while it lets go."""

    def __init__(self, memory: Memory, targetsel: int = CORE0, *, v6: bool = False) -> None:
        self._memory = memory
        self._targetsel = targetsel
        self._v6 = v6
        self.drives: bool | None = None
        self.accesses = 0
        """Words that the access port has moved."""
        self.reset()

    def reset(self) -> None:
        """Power-on: nothing is understood before a line reset."""
        self._phase, self._ones = Phase.LOCKED, 0
        self._selected = self._may_select = False
        self._bits = self._count = 0
        self._request = Request(False, True, 0)
        self._selecting = False
        self._ack, self._data = OK, 0
        self._control = self._select = 0
        self._csw, self._tar, self._posted = 2, 0, 0
        self.drives = None

    def rising_edge(self, level: bool) -> None:
        """SWCLK rises while SWDIO has this level; `drives` is what it drives from now on."""
        self._ones = self._ones + 1 if level and self.drives is None else 0
        if self._ones >= RESET_ONES:
            self._phase, self._selected, self._may_select = Phase.IDLE, self._v6, True
            self._select = 0
            return
        {
            Phase.LOCKED: self._locked,
            Phase.IDLE: self._idle,
            Phase.REQUEST: self._request_bits,
            Phase.TURN_TO_TARGET: self._turn_to_target,
            Phase.ACK: self._acknowledge,
            Phase.READ: self._read,
            Phase.TURN_TO_HOST: self._turn_to_host,
            Phase.TURN_TO_WRITE: self._turn_to_write,
            Phase.WRITE: self._write,
        }[self._phase](level)

    # Phases.

    def _locked(self, level: bool) -> None:
        """Until a line reset (IHI 0031 B4.2.4)."""

    def _idle(self, level: bool) -> None:
        if level:
            self._phase, self._bits, self._count = Phase.REQUEST, 0, 0

    def _decoded(self) -> Request | None:
        """The request in the seven bits after the start bit; None if it is none."""
        bits = [self._bits >> at & 1 for at in range(7)]
        parity, stop, park = bits[4:]
        if sum(bits[:4]) & 1 != parity or stop or not park:
            return None
        return Request(bool(bits[0]), bool(bits[1]), bits[2] << 2 | bits[3] << 3)

    def _take(self, level: bool, count: int) -> bool:
        """Shift a bit in; returns whether it was the last of so many."""
        self._bits |= int(level) << self._count
        self._count += 1
        return self._count == count

    def _begin(self, phase: Phase) -> None:
        self._phase, self._bits, self._count = phase, 0, 0

    def _request_bits(self, level: bool) -> None:
        if not self._take(level, 7):
            return
        request = self._decoded()
        if request is None:
            self._phase = Phase.LOCKED
            return
        self._request = request
        selects = self._may_select and request == Request(False, False, TARGETSEL)
        self._may_select = False
        if not self._selected and not selects:
            self._phase = Phase.LOCKED  # another target answers
            return
        self._selecting = selects
        self._ack = 0  # all targets listen to TARGETSEL, and none answers
        if not selects:
            self._ack, self._data = self._accept(request)
        self._begin(Phase.TURN_TO_TARGET)

    def _turn_to_target(self, level: bool) -> None:
        self._begin(Phase.ACK)
        if self._ack:
            self.drives = bool(self._ack & 1)

    def _acknowledge(self, level: bool) -> None:
        self._count += 1
        if self._count < 3:
            if self._ack:
                self.drives = bool(self._ack >> self._count & 1)
            return
        data = self._ack in (0, OK) or bool(self._control & ORUN_DETECT)
        if not data:
            self.drives = None
            self._begin(Phase.TURN_TO_HOST)
        elif self._request.read:
            self._begin(Phase.READ)
            self.drives = bool(self._data & 1)
        else:
            self.drives = None
            self._begin(Phase.TURN_TO_WRITE)

    def _read(self, level: bool) -> None:
        self._count += 1
        if self._count < 32:
            self.drives = bool(self._data >> self._count & 1)
        elif self._count == 32:
            self.drives = bool(self._data.bit_count() & 1)
        else:
            self.drives = None
            self._begin(Phase.TURN_TO_HOST)

    def _turn_to_host(self, level: bool) -> None:
        self._phase = Phase.IDLE

    def _turn_to_write(self, level: bool) -> None:
        self._begin(Phase.WRITE)

    def _write(self, level: bool) -> None:
        if not self._take(level, 33):
            return
        value, parity = self._bits & 0xFFFF_FFFF, self._bits >> 32
        self._phase = Phase.IDLE
        if self._selecting:
            self._selected = value == self._targetsel and value.bit_count() & 1 == parity
            self._phase = Phase.IDLE if self._selected else Phase.LOCKED
        elif self._ack == OK:
            if value.bit_count() & 1 != parity:
                self._control |= WDATA_ERR
            else:
                self._store(self._request, value)

    # Registers.

    def _accept(self, request: Request) -> tuple[int, int]:
        """Acknowledge, and what a read gives."""
        sticky = self._control & (STICKY_ORUN | STICKY_ERR | WDATA_ERR)
        powered = self._control & POWER_UP == POWER_UP
        always = not request.ap and (
            (request.read and request.address in (DPIDR_AT, CTRL_STAT)) or request.address == ABORT
        )
        if (sticky and not always) or (request.ap and not powered):
            if self._control & ORUN_DETECT:
                self._control |= STICKY_ORUN
            return FAULT, 0
        if not request.read:
            return OK, 0
        if not request.ap:
            return OK, self._debug_register(request.address)
        before, self._posted = self._posted, self._access_read(self._register(request))
        return OK, before

    def _debug_register(self, address: int) -> int:
        if address == DPIDR_AT:
            return RP2350_DPIDR if self._v6 else DPIDR
        if address == CTRL_STAT:
            bank = self._select & 0xF
            acks = sum(ack for asked, ack in _ACKS if self._control & asked)
            return {0: self._control | acks, 2: self._targetsel, 3: 1 | self._targetsel >> 28 << 28}.get(
                bank, 0
            )
        return self._posted  # RESEND, RDBUFF

    def _store(self, request: Request, value: int) -> None:
        if request.ap:
            self._access_write(self._register(request), value)
        elif request.address == ABORT:
            for bit, cleared in _CLEARS:
                self._control &= ~(cleared if value & bit else 0)
        elif request.address == CTRL_STAT:
            keeps = self._control & (STICKY_ORUN | STICKY_ERR | WDATA_ERR)
            self._control = value & (POWER_UP | ORUN_DETECT) | keeps
        elif request.address == SELECT:
            self._select = value

    def _register(self, request: Request) -> int:
        return self._select & 0xF0 | request.address

    @property
    def _another(self) -> bool:
        """Whether SELECT names an access port that is not there."""
        if self._v6:
            return self._select & ~0xFF != CORE0_OF_RP2350 | ACCESS_REGISTERS
        return bool(self._select >> 24)

    def _access_read(self, register: int) -> int:
        if self._another:
            return 0
        if register == DRW or register & 0xF0 == BD0:
            return self._move(register, None)
        return {CSW: self._csw | 1 << 6, TAR: self._tar, IDR: AP_IDR}.get(register, 0)

    def _access_write(self, register: int, value: int) -> None:
        if self._another:
            return
        if register == CSW:
            self._csw = value & 0x37
        elif register == TAR:
            self._tar = value
        elif register == DRW or register & 0xF0 == BD0:
            self._move(register, value)

    def _move(self, register: int, value: int | None) -> int:
        """A word, halfword or byte; in its lanes of the register."""
        banked = register != DRW
        size = 4 if banked else 1 << (self._csw & 3)
        address = self._tar & ~0xF | register & 0xF if banked else self._tar
        lane, result = 8 * (address & 3) if size < 4 else 0, 0
        self.accesses += 1
        try:
            if value is None:
                result = self._memory.read(address, size) << lane
            else:
                self._memory.write(address, size, value >> lane & (1 << 8 * size) - 1)
        except LookupError:
            self._control |= STICKY_ERR
        if not banked and self._csw >> 4 & 3 == 1:
            self._tar = self._tar & ~(_INCREMENT_WRAPS - 1) | (self._tar + size) % _INCREMENT_WRAPS
        return result
