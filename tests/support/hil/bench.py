"""bench: the interface between a test and a pad, real or virtual."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from PIL import Image

Feature = Literal["pen", "keys", "power", "bootsel", "swd", "camera"]
FEATURES: dict[Feature, str] = {
    "pen": "a person or rig that writes on the pad",
    "keys": "a person or rig that presses its keys",
    "power": "a switch in the USB cable's supply, or a person who pulls it",
    "bootsel": "access to RUN and BOOTSEL, for reading all memories through the boot ROM",
    "swd": "a debug probe, for reading RAM while the pad runs",
    "camera": "a camera pointed at the glass",
}
"""Features beyond the USB cable that a test can need."""

Key = Literal["WIPE", "AWAY", "MODE"]


class Missing(Exception):
    """The bench lacks a feature."""


@dataclass(frozen=True)
class Identity:
    """Pad, image and bench, for the report of every test."""

    backend: str
    serial: str
    image: str
    image_sha256: str
    panel: str


@dataclass(frozen=True)
class Bits:
    """The three bits that a pad may report: DSR, DCD and RI."""

    ready: bool
    note: bool
    fault: bool


@dataclass(frozen=True)
class Memories:
    """The memories read through the boot ROM: SRAM from 0x20000000, flash from 0x10000000."""

    sram: bytes
    flash: bytes


class Bench(Protocol):
    """One pad under test. Methods raise Missing if the bench lacks the feature, and TimeoutError (which names the
    condition) if the pad does not respond.

    Time is the pad's own: emulated on the virtual pad, wall-clock for a real one.
    """

    features: frozenset[Feature]

    def identity(self) -> Identity:
        """Which pad this is."""
        ...

    def start(self) -> None:
        """Bring the pad to READY with the call line open, from any state."""
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
        """The present modem bits."""
        ...

    def wait(
        self,
        seconds: float,
        *,
        ready: bool | None = None,
        note: bool | None = None,
        fault: bool | None = None,
    ) -> float:
        """Wait for these bits; returns the seconds that it took."""
        ...

    def rest(self, seconds: float) -> None:
        """Wait."""
        ...

    def bytes_received(self) -> int:
        """Number of bytes received from the pad since the bench started."""
        ...

    def set_baud_rate(self, baud: int) -> None:
        """Send SET_LINE_CODING, as a terminal program does."""
        ...

    def send_break(self) -> None:
        """Send a break condition of 100 ms."""
        ...

    def descriptors(self) -> tuple[bytes, bytes]:
        """The device descriptor and the complete configuration descriptor, as the host received them."""
        ...

    def write_note(self) -> None:
        """Write something on the pad. Needs `pen`."""
        ...

    def tap(self, key: Key) -> None:
        """Press a key briefly. Needs `keys`."""
        ...

    def unplug(self) -> None:
        """Remove power. Needs `power`."""
        ...

    def plug_in(self) -> None:
        """Restore power; returns when the pad is on the bus again. Needs `power`."""
        ...

    def read_memories(self) -> Memories:
        """Reset into the boot ROM and read all memories. Call `start` afterwards to leave the boot ROM.

        Needs `bootsel`. The boot ROM itself uses some RAM (RP2040 datasheet 2.8), whose content is lost.
        """
        ...

    def peek(self, address: int, size: int) -> bytes:
        """Read RAM of the running pad. Needs `swd`."""
        ...

    def photograph(self) -> Image.Image:
        """Take a greyscale picture of the glass. Needs `camera`."""
        ...

    def close(self) -> None:
        """Close the line, which wipes the pad."""
        ...
