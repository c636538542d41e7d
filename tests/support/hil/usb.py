"""usb: a real pad: call line by pyserial, memories by picotool, the rest by a rig or a person."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import serial
from kesu.devices.flash.picotool import Picotool
from PIL import Image, UnidentifiedImageError

from hil import boot_rom
from hil.bench import Bits, Feature, Identity, Key, Memories, Missing
from hil.gdb_remote import GdbRemote
from hil.hands import Hands
from hil.pads import Pad

BACK_SECONDS = 20.0
"""Time limit from power-on or reset to a port that can be opened: boot, enumeration, and udev rules."""
DROPPED_SECONDS = 0.2
LOOK_SECONDS = 0.02
SYSFS = Path("/sys/bus/usb/devices")
DEVICE_BYTES = 18


class UsbBench:
    """A real pad, or any other implementation of the call line at a pyserial URL.

    picotool: the program. usb_devices: the kernel's folder of descriptors.
    """

    def __init__(
        self,
        pad: Pad,
        hands: Hands | None = None,
        *,
        picotool: Sequence[str] = ("picotool",),
        usb_devices: Path = SYSFS,
    ) -> None:
        self._pad = pad
        self._hands = hands if hands is not None else Hands(pad)
        self._picotool = picotool
        self._usb_devices = usb_devices
        self._line: serial.Serial | None = None
        self._received = 0
        self._in_boot_rom = False
        self.features: frozenset[Feature] = pad.features

    def identity(self) -> Identity:
        """The image according to pads.toml; `read_memories` reads the actual flash."""
        digest = hashlib.sha256(self._pad.image.read_bytes()).hexdigest()
        return Identity("usb", self._pad.serial, self._pad.image.name, digest, self._pad.panel)

    def start(self) -> None:
        """Close the line first, which wipes a note, then open it and wait for READY."""
        if self._in_boot_rom:
            boot_rom.restart(self._boot_rom())
            self._in_boot_rom = False
        self.close_line()
        time.sleep(DROPPED_SECONDS)
        self.open_line()
        self.wait(BACK_SECONDS, ready=True, note=False)

    def open_line(self) -> None:
        """pyserial raises DTR when it opens a port. Waits for a port that is about to reappear."""
        deadline = time.monotonic() + BACK_SECONDS
        while self._line is None:
            try:
                self._line = serial.serial_for_url(self._pad.port, timeout=0, exclusive=True)
                self._line.dtr = True
            except (OSError, ValueError) as error:
                if time.monotonic() >= deadline:
                    raise TimeoutError(f"{self._pad.port} cannot be opened: {error}") from error
                time.sleep(LOOK_SECONDS)

    def close_line(self) -> None:
        """DTR falls with the port."""
        if self._line is not None:
            self._drain()
            self._line.dtr = False
            self._line.close()
            self._line = None

    def send(self, data: bytes) -> None:
        """Write and flush."""
        self._open().write(data)
        self._open().flush()

    def bits(self) -> Bits:
        """The bits that the driver last received."""
        line = self._open()
        self._drain()
        return Bits(bool(line.dsr), bool(line.cd), bool(line.ri))

    def wait(
        self,
        seconds: float,
        *,
        ready: bool | None = None,
        note: bool | None = None,
        fault: bool | None = None,
    ) -> float:
        """Wait in wall-clock seconds."""
        began = time.monotonic()
        while True:
            bits = self.bits()
            if ready in (None, bits.ready) and note in (None, bits.note) and fault in (None, bits.fault):
                return time.monotonic() - began
            if time.monotonic() - began >= seconds:
                raise TimeoutError(
                    f"waited {seconds:g} s for ready {ready}, note {note}, fault {fault}: {bits}"
                )
            time.sleep(LOOK_SECONDS)

    def rest(self, seconds: float) -> None:
        """Wait in wall-clock time."""
        time.sleep(seconds)

    def bytes_received(self) -> int:
        """Number of all bytes read from the port."""
        if self._line is not None:
            self._drain()
        return self._received

    def set_baud_rate(self, baud: int) -> None:
        """The driver sends SET_LINE_CODING."""
        self._open().baudrate = baud

    def send_break(self) -> None:
        """100 ms."""
        self._open().send_break(0.1)

    def descriptors(self) -> tuple[bytes, bytes]:
        """From the kernel's file `descriptors`, which holds what the device sent (Linux, sysfs-bus-usb)."""
        try:
            raw = (self._place() / "descriptors").read_bytes()
        except OSError as error:
            raise Missing(f"the kernel shows no device at {self._pad.usb_path}: {error.strerror}") from error
        return raw[:DEVICE_BYTES], raw[DEVICE_BYTES:]

    def write_note(self) -> None:
        """By the rig, or by a person."""
        self._hands.do("write_note", "write a name and a number on the pad")

    def tap(self, key: Key) -> None:
        """By the rig, or by a person."""
        self._hands.do("tap", f"press the {key} key", key=key)

    def unplug(self) -> None:
        """Remove power, by the rig or a person; the port disappears."""
        self._forget_line()
        self._hands.do("unplug", "pull the USB cable")

    def plug_in(self) -> None:
        """Restore power, and wait until the port exists again."""
        self._hands.do("plug_in", "plug the USB cable in")
        self.open_line()
        self.close_line()

    def read_memories(self) -> Memories:
        """Read by picotool, after a reset with BOOTSEL held."""
        self._forget_line()
        self._hands.do("bootsel", "hold BOOTSEL, press and release RUN, then release BOOTSEL")
        self._in_boot_rom = True
        return boot_rom.read_memories(self._boot_rom())

    def peek(self, address: int, size: int) -> bytes:
        """Read through the probe, then resume the pad."""
        if not self._pad.gdb:
            raise Missing(f"pad {self._pad.serial}: pads.toml has no gdb")
        remote = GdbRemote(self._pad.gdb)
        try:
            content = remote.read(address, size)
            remote.go()
            return content
        finally:
            remote.close()

    def photograph(self) -> Image.Image:
        """Take a picture by the camera's command, which writes a file."""
        with tempfile.TemporaryDirectory(prefix="kesu-photograph-") as scratch:
            file = Path(scratch) / "glass.png"
            self._hands.do("photograph", "take a picture of the glass", file=str(file))
            try:
                return Image.open(file).convert("L")
            except (OSError, UnidentifiedImageError) as error:
                raise Missing(f"the camera's command wrote no picture: {error}") from error

    def close(self) -> None:
        """Close the line, which wipes the pad."""
        self.close_line()

    def _open(self) -> serial.Serial:
        if self._line is None:
            raise TimeoutError(f"{self._pad.port} is not open")
        return self._line

    def _place(self) -> Path:
        if not self._pad.usb_path:
            raise Missing(f"pad {self._pad.serial}: pads.toml has no usb_path")
        return self._usb_devices / self._pad.usb_path

    def _boot_rom(self) -> Picotool:
        return boot_rom.at(self._place(), self._picotool)

    def _drain(self) -> None:
        line = self._open()
        self._received += len(line.read(line.in_waiting or 0))

    def _forget_line(self) -> None:
        """Close the line of a pad that leaves the bus: errors are expected and ignored."""
        close: Callable[[], None] = self.close_line
        try:
            close()
        except OSError:
            self._line = None
