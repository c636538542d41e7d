"""port: the part of a PC's CDC-ACM driver, as a serial port in front of the virtual pad."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable

from kesu.emulator.usb.host import UsbHost

# CDC PSTN 1.2 section 6.3.10: SET_LINE_CODING of interface 0, 7 bytes.
_SET_LINE_CODING = bytes([0x21, 0x20, 0, 0, 0, 0, 7, 0])
_BREAK_ON = 0xFFFF
_PARITIES = "NOEMS"
_STOP_BITS = (1, 1.5, 2)

Happened = Callable[[str], None]
"""Receives what the PC did to the pad, in the words of docs/architecture.md: one byte's letter, "DTR on", "DTR off"."""


class PortGone(OSError):
    """The pad is not on the bus, where a real port would disappear."""


class VirtualPort:
    """The attributes that `serial.rfc2217.PortManager` expects of a serial port, on a `UsbHost`.

    DTR, RTS, break and line coding become the control requests that a driver sends, writes go to the bulk OUT
    endpoint, the modem bits are those of the last SERIAL_STATE. `happened` is called before any action that
    may end a call. Raises PortGone while the pad is not enumerated.
    """

    cts = False
    """A pad has no CTS: SERIAL_STATE does not carry it."""

    def __init__(self, host: UsbHost, happened: Happened | None = None) -> None:
        self._host = host
        self._happened = happened or (lambda what: None)
        self._baudrate = 115200
        self._bytesize = 8
        self._parity = "N"
        self._stopbits: float = 1
        self.xonxoff = False
        self.rtscts = False

    @property
    def present(self) -> bool:
        """Whether the port exists."""
        return self._host.enumerated

    @property
    def dsr(self) -> bool:
        """DSR: blank and ready."""
        return self._host.serial_state.dsr

    @property
    def cd(self) -> bool:
        """DCD: a note is present."""
        return self._host.serial_state.dcd

    @property
    def ri(self) -> bool:
        """Fault."""
        return self._host.serial_state.ri

    def write(self, data: bytes) -> None:
        """Send bytes to the pad."""
        self._must_be_there()
        for byte in data:
            self._happened(chr(byte) if 0x20 < byte < 0x7F else f"{byte:02x}")
        self._host.write(data)

    def close(self) -> None:
        """Drop DTR and RTS, unless the port is gone."""
        if self.present and (self._host.dtr or self._host.rts):
            self._host.rts = False
            self._set_dtr(False)

    @property
    def dtr(self) -> bool:
        """Data terminal ready: the call line is alive."""
        return self._host.dtr

    @dtr.setter
    def dtr(self, high: bool) -> None:
        self._must_be_there()
        self._set_dtr(high)

    def _set_dtr(self, high: bool) -> None:
        self._happened("DTR on" if high else "DTR off")
        self._host.set_dtr(high)

    @property
    def rts(self) -> bool:
        """Request to send; the pad ignores it."""
        return self._host.rts

    @rts.setter
    def rts(self, high: bool) -> None:
        self._must_be_there()
        self._host.set_rts(high)

    @property
    def break_condition(self) -> bool:
        """A break cannot be read back."""
        return False

    @break_condition.setter
    def break_condition(self, high: bool) -> None:
        self._must_be_there()
        self._host.send_break(_BREAK_ON if high else 0)

    @property
    def baudrate(self) -> int:
        """Bits per second; without effect on USB."""
        return self._baudrate

    @baudrate.setter
    def baudrate(self, value: int) -> None:
        self._baudrate = value
        self._send_coding()

    @property
    def bytesize(self) -> int:
        """Data bits, 5 to 8; raises ValueError for others."""
        return self._bytesize

    @bytesize.setter
    def bytesize(self, value: int) -> None:
        if value not in (5, 6, 7, 8):
            raise ValueError(f"no byte has {value} bits here")
        self._bytesize = value
        self._send_coding()

    @property
    def parity(self) -> str:
        """pyserial's letter."""
        return self._parity

    @parity.setter
    def parity(self, value: str) -> None:
        self._parity = value
        self._send_coding()

    @property
    def stopbits(self) -> float:
        """1, 1.5 or 2."""
        return self._stopbits

    @stopbits.setter
    def stopbits(self, value: float) -> None:
        self._stopbits = value
        self._send_coding()

    def reset_input_buffer(self) -> None:
        """Do nothing: the pad sends no data."""

    def reset_output_buffer(self) -> None:
        """Do nothing: written data is already at the pad."""

    def _send_coding(self) -> None:
        self._must_be_there()
        coding = self._baudrate.to_bytes(4, "little") + bytes(
            [_STOP_BITS.index(self._stopbits), _PARITIES.index(self._parity), self._bytesize]
        )
        self._host.control(_SET_LINE_CODING, coding)

    def _must_be_there(self) -> None:
        if not self.present:
            raise PortGone("the pad is not on the bus")
