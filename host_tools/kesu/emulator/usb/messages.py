"""messages: units of USB traffic: control transfers, notifications, modem bits."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ControlTransfer:
    """One control transfer. `done`: its status stage has ended, at `done_ns` of the emulated clock; `data`: the
    bytes that an IN transfer returned."""

    setup: bytes
    out: bytes = b""
    data: bytearray = field(default_factory=bytearray)
    done: bool = False
    stalled: bool = False
    sent: int = 0
    done_ns: int = 0

    @property
    def reads(self) -> bool:
        return bool(self.setup[0] & 0x80)

    @property
    def length(self) -> int:
        return int.from_bytes(self.setup[6:8], "little")


@dataclass(frozen=True)
class Notification:
    """One message on the notification endpoint: time of arrival, request code, payload."""

    time_ns: int
    request: int
    payload: bytes


@dataclass(frozen=True)
class SerialState:
    """The modem bits of the last SERIAL_STATE (PSTN table 31); all low before the first."""

    dcd: bool = False
    dsr: bool = False
    ri: bool = False
    bits: int = 0


def words(*values: int) -> bytes:
    """16-bit numbers in the byte order of a setup packet."""
    return b"".join(value.to_bytes(2, "little") for value in values)


def get_descriptor(kind: int, length: int) -> ControlTransfer:
    """A GET_DESCRIPTOR request (USB 2.0 section 9.4.3)."""
    return ControlTransfer(bytes([0x80, 0x06]) + words(kind << 8, 0, length))
