"""bench: what a test may do with a pad, whichever it is."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from PIL import Image

Feature = Literal["pen", "keys", "power", "bootsel", "swd", "camera"]
FEATURES: dict[Feature, str] = {
    "pen": "somebody or something that writes on the pad",
    "keys": "somebody or something that presses its keys",
    "power": "a switch in the USB cable's supply, or somebody who pulls it",
    "bootsel": "access to RUN and BOOTSEL, for reading all memories through the boot ROM",
    "swd": "a debug probe, for reading RAM while the pad runs",
    "camera": "a camera that looks at the glass",
}
"""Everything beyond the USB cable that a test can need."""

Key = Literal["WIPE", "AWAY", "MODE"]


class Missing(Exception):
    """A bench was asked for something that it does not have."""


@dataclass(frozen=True)
class Identity:
    """Which pad, which image, which bench: goes into the test report of every test."""

    backend: str
    serial: str
    image: str
    image_sha256: str
    panel: str


@dataclass(frozen=True)
class Bits:
    """The three bits that a pad may tell: DSR, DCD and RI."""

    ready: bool
    note: bool
    fault: bool


@dataclass(frozen=True)
class Memories:
    """What the boot ROM hands out: all of SRAM from 0x20000000, all of flash from 0x10000000."""

    sram: bytes
    flash: bytes


class Bench(Protocol):
    """One pad under test. Everything raises Missing when the bench cannot do it, and TimeoutError (with what
    was waited for) when the pad does not.

    Time is the pad's own: emulated on the virtual pad, the clock on the wall for a real one.
    """

    features: frozenset[Feature]

    def identity(self) -> Identity:
        """Which pad this is."""
        ...

    def start(self) -> None:
        """Bring the pad to READY with the call line open, whatever state it is in."""
        ...

    def open_line(self) -> None:
        """Open the port: DTR rises."""
        ...

    def close_line(self) -> None:
        """Close the port: DTR falls."""
        ...

    def send(self, data: bytes) -> None:
        """Send bytes to the pad."""
        ...

    def bits(self) -> Bits:
        """The modem bits as they are now."""
        ...

    def wait(
        self,
        seconds: float,
        *,
        ready: bool | None = None,
        note: bool | None = None,
        fault: bool | None = None,
    ) -> float:
        """Wait until the bits are as asked; returns the seconds that it took."""
        ...

    def rest(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def bytes_received(self) -> int:
        """How many bytes have come from the pad since the bench began."""
        ...

    def set_baud_rate(self, baud: int) -> None:
        """SET_LINE_CODING, as a terminal program does it."""
        ...

    def send_break(self) -> None:
        """A break condition of 100 ms."""
        ...

    def descriptors(self) -> tuple[bytes, bytes]:
        """The device descriptor and the configuration with all that follows, as the host was told."""
        ...

    def write_note(self) -> None:
        """Something is written on the pad. Needs `pen`."""
        ...

    def tap(self, key: Key) -> None:
        """A key is pressed for a moment. Needs `keys`."""
        ...

    def unplug(self) -> None:
        """Power goes. Needs `power`."""
        ...

    def plug_in(self) -> None:
        """Power comes; returns when the pad is on the bus again. Needs `power`."""
        ...

    def read_memories(self) -> Memories:
        """Reset into the boot ROM and read everything. The pad is in the boot ROM afterwards: `start` it.

        Needs `bootsel`. The boot ROM itself uses some RAM (RP2040 datasheet 2.8): what it writes on is lost.
        """
        ...

    def peek(self, address: int, size: int) -> bytes:
        """RAM of the running pad. Needs `swd`."""
        ...

    def photograph(self) -> Image.Image:
        """The glass, as a greyscale picture. Needs `camera`."""
        ...

    def close(self) -> None:
        """Leave the pad alone: the line is closed, which wipes it."""
        ...
