"""ports: which serial port a pad is on."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import serial
from serial.tools import list_ports

from kesu.spec.call_line import PRODUCT, PRODUCT_TEXT, VENDOR

NAME = PRODUCT_TEXT  # anybody may use these numbers for tests (record 0014); Windows does not report the name

AUTO = "auto"  # the only pad on the PC
USB = (
    "usb:"  # the pad at this place of the USB tree, such as usb:1-2.3 (Windows: as `kesu agent --check` says)
)

try:
    import termios
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]  # Windows has none


class Port(Protocol):
    """The part of pyserial's port interface that is used; its RFC 2217 port has it, too."""

    dtr: bool

    @property
    def in_waiting(self) -> int: ...
    @property
    def cd(self) -> bool: ...
    @property
    def dsr(self) -> bool: ...
    @property
    def ri(self) -> bool: ...
    def read(self, size: int, /) -> bytes: ...
    def write(self, data: bytes, /) -> int | None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Found:
    """A connected pad: its port, and its location in the USB tree, which does not change."""

    port: str
    place: str


def plugged_in() -> list[Found]:
    """All pads on this PC, by vendor and product ID, sorted by location."""
    found = [
        Found(port.device, port.location or "")
        for port in list_ports.comports()
        if (port.vid, port.pid) == (VENDOR, PRODUCT) and port.product in (NAME, None)
    ]
    return sorted(found, key=lambda one: (one.place, one.port))


def locate(setting: str) -> str | None:
    """The port or pyserial URL for a pad's `port` setting; None if there is no such pad, or more than one."""
    if setting != AUTO and not setting.startswith(USB):
        return setting
    pads = plugged_in()
    if setting == AUTO:
        return pads[0].port if len(pads) == 1 else None
    wanted = setting.removeprefix(USB)
    return next((pad.port for pad in pads if pad.place == wanted), None)


def open_port(where: str) -> Port:
    """Open `where` with DTR low. OSError (such as SerialException) or ValueError (unknown URL) otherwise."""
    port: Any = serial.serial_for_url(where, do_not_open=True, timeout=0)
    port.dtr = False
    port.rts = False
    if isinstance(port, serial.Serial):
        port.write_timeout = 1.0  # not for RFC 2217, which rejects it; TCP takes single bytes at once
        port.exclusive = True  # a second agent on the same pad is refused
    port.open()
    if termios is not None and isinstance(port, serial.Serial) and port.fd is not None:
        # When this process ends, even by SIGKILL, the kernel closes the port and must drop DTR then.
        attributes = termios.tcgetattr(port.fd)
        attributes[2] |= termios.HUPCL
        termios.tcsetattr(port.fd, termios.TCSANOW, attributes)
    opened: Port = port
    return opened
