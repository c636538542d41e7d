"""bench: a made-up machine with stand-in pads: sysfs, mounts, drives and picotool, as the kernel shows them.

A pad's drive follows the boot ROM's rules (boot_rom), and so does its flash. Once the ROM leaves for flash, the
descriptors of what is in flash are shown in sysfs: those found in its bytes, or, in tests, what the virtual pad
enumerates with when it boots them. Layout of sysfs: kernel, Documentation/ABI/testing/sysfs-bus-usb; constant
serial in BOOTSEL: pico-bootrom-rp2040, usb_boot_device.c.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kesu.common.uf2 import BLOCK_SIZE
from kesu.common.usb_ids import RP2040, Chip
from kesu.devices.discovery.host import Host
from kesu.devices.rehearsal.boot_rom import BootRom, Flash
from kesu.devices.rehearsal.picotool_stand_in import PicotoolServer

BOOTSEL_SERIAL = "E0C9125B0D9B"
INFO_UF2 = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi {model}\r\nBoard-ID: {board_id}\r\n"
# The boot ROM's device descriptor (usb_boot_device.c), and a configuration that nothing here reads.
BOOTSEL_DESCRIPTORS = bytes.fromhex("120110010000004 08a2e0300000101020301".replace(" ", ""))
RESTART_S = 0.05
"""The ROM waits a second before it restarts; the stand-in does not."""


@dataclass
class StandInPad:
    """One pad. number: its place on the hub, port path 1-1.NUMBER. serial: of its flash chip.

    breaks_at: it is unplugged after so many bytes of an image by drive. mute: it never enumerates.
    descriptors_of_other_chip: for a pad that the emulator cannot boot (RP2350); its ROM starts any flash.
    """

    number: int
    serial: str
    chip: Chip = RP2040
    flash: Flash = field(default_factory=Flash)
    breaks_at: int | None = None
    mute: bool = False
    descriptors_of_other_chip: bytes = b""
    state: str = "gone"
    address: int = 0
    rom: BootRom = field(init=False)

    def __post_init__(self) -> None:
        self.rom = BootRom(self.flash, self.chip.family)

    @property
    def port_path(self) -> str:
        return f"1-1.{self.number}"


class Bench:
    """The machine. `host` is passed to the commands."""

    def __init__(self, folder: Path, enumerate_as: Callable[[bytes], bytes]) -> None:
        """enumerate_as: device and configuration descriptor of what is in flash; empty if it never enumerates."""
        self._enumerated = enumerate_as
        self.root = folder / "root"
        self.pads: list[StandInPad] = []
        self._next_address = 4
        self._lock = threading.RLock()
        self._timers: list[threading.Timer] = []
        for name in ("sys/bus/usb/devices", "dev", "proc", "media"):
            (self.root / name).mkdir(parents=True)
        self._mounts()
        self.server = PicotoolServer(folder, self)

    def host(self) -> Host:
        return Host(
            root=self.root,
            platform="linux",
            picotool=(str(self.server.command),),
            serial_ports=list,
            open_drive_file=self._open,
        )

    def close(self) -> None:
        self.settle()
        self.server.close()

    def settle(self) -> None:
        """Wait until every pending restart is done."""
        for timer in self._timers:
            timer.join()

    def add(self, number: int, *, serial: str = "", **what: Any) -> StandInPad:
        """Plug a pad in with BOOTSEL held. serial: by default derived from its place."""
        pad = StandInPad(number, serial or random.Random(number).randbytes(8).hex(), **what)
        self.pads.append(pad)
        self.bootsel(pad)
        return pad

    # What happens to a pad --------------------------------------------------------------------------

    def bootsel(self, pad: StandInPad) -> None:
        """Appear in BOOTSEL mode: device, drive, mount."""
        with self._lock:
            self.unplug(pad)
            pad.rom = BootRom(pad.flash, pad.chip.family)
            pad.state = "bootsel"
            descriptors = BOOTSEL_DESCRIPTORS.replace(
                b"\x03\x00\x00\x01", pad.chip.bootsel_pid.to_bytes(2, "little") + b"\x00\x01"
            )
            serial = BOOTSEL_SERIAL if pad.chip is RP2040 else pad.serial.upper()
            device = self._device(pad, descriptors, serial, "Raspberry Pi")
            name = f"sd{chr(97 + pad.number)}"
            (device / f"{pad.port_path}:1.0/host6/target6:0:0/6:0:0:0/block/{name}/{name}1").mkdir(
                parents=True
            )
            drive = self.drive(pad)
            drive.mkdir()
            model = "RP2" if pad.chip is RP2040 else "RP2350"
            (drive / "INFO_UF2.TXT").write_text(INFO_UF2.format(model=model, board_id=pad.chip.board_id))
            self._mounts()

    def restart(self, pad: StandInPad) -> None:
        """Start from flash if the ROM finds a valid second stage there, else enter BOOTSEL again."""
        with self._lock:
            self.unplug(pad)
            if not (pad.descriptors_of_other_chip or pad.rom.boots()):
                self.bootsel(pad)
                return
            descriptors = pad.descriptors_of_other_chip
            if not pad.descriptors_of_other_chip and not pad.mute:
                descriptors = self._enumerated(bytes(pad.flash.content))
            if descriptors:
                pad.state = "running"
                shown = descriptors[16]  # iSerialNumber
                device = self._device(pad, descriptors, pad.serial if shown else "", "Kesu")
                (device / f"{pad.port_path}:1.0/tty/ttyACM{pad.number}").mkdir(parents=True)

    def unplug(self, pad: StandInPad) -> None:
        """Remove every trace of the pad from the machine."""
        with self._lock:
            pad.state = "gone"
            shutil.rmtree(self._sysfs(pad), ignore_errors=True)
            (self.root / f"dev/bus/usb/001/{pad.address:03d}").unlink(missing_ok=True)
            shutil.rmtree(self.drive(pad), ignore_errors=True)
            self._mounts()

    def soon(self, action: Callable[[StandInPad], None], pad: StandInPad) -> None:
        """Run it after the delay of a restart."""
        timer = threading.Timer(RESTART_S, action, (pad,))
        self._timers.append(timer)
        timer.start()

    def drive(self, pad: StandInPad) -> Path:
        """Where its drive is mounted."""
        return self.root / "media" / f"pad {pad.number}"

    # What the kernel shows ---------------------------------------------------------------------------

    def _sysfs(self, pad: StandInPad) -> Path:
        return self.root / "sys/bus/usb/devices" / pad.port_path

    def _device(self, pad: StandInPad, descriptors: bytes, serial: str, manufacturer: str) -> Path:
        pad.address = self._next_address
        self._next_address += 1
        # Built in a temporary folder and renamed: the kernel shows a device complete or not at all.
        fresh = self.root / "sys" / f"new-{pad.number}"
        fresh.mkdir()
        attributes = {
            "idVendor": f"{int.from_bytes(descriptors[8:10], 'little'):04x}",
            "idProduct": f"{int.from_bytes(descriptors[10:12], 'little'):04x}",
            "busnum": "1",
            "devnum": str(pad.address),
            "manufacturer": manufacturer,
        }
        for name, text in attributes.items():
            (fresh / name).write_text(f"{text}\n")
        if serial:
            (fresh / "serial").write_text(f"{serial}\n")
        (fresh / "descriptors").write_bytes(descriptors)
        node = self.root / f"dev/bus/usb/001/{pad.address:03d}"
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()
        fresh.rename(self._sysfs(pad))
        return self._sysfs(pad)

    def _mounts(self) -> None:
        lines = ["proc /proc proc rw 0 0"]
        for pad in self.pads:
            if pad.state == "bootsel" and self.drive(pad).is_dir():
                folder = "/" + str(self.drive(pad).relative_to(self.root)).replace(" ", "\\040")
                lines.append(f"/dev/sd{chr(97 + pad.number)}1 {folder} vfat rw,nosuid 0 0")
        fresh = self.root / "proc" / "mounts.new"
        fresh.write_text("\n".join(lines) + "\n")
        fresh.replace(self.root / "proc" / "mounts")

    def _open(self, path: Path) -> _DriveFile:
        with self._lock:
            pad = next((pad for pad in self.pads if self.drive(pad) == path.parent), None)
            if pad is None or pad.state != "bootsel":
                raise OSError(2, "No such file or directory")
            return _DriveFile(self, pad)


class _DriveFile:
    """A file on a pad's drive. The file system also writes sectors of its own, which the ROM ignores."""

    def __init__(self, bench: Bench, pad: StandInPad) -> None:
        self._bench = bench
        self._pad = pad
        self._address = pad.address
        self._taken = 0
        pad.rom.write_sector(b"KESU    UF2 ".ljust(BLOCK_SIZE, b"\0"))  # its directory entry

    def write(self, data: bytes, /) -> int:
        pad = self._pad
        for start in range(0, len(data), BLOCK_SIZE):
            self._there()
            if pad.breaks_at is not None and self._taken >= pad.breaks_at:
                self._bench.unplug(pad)
                self._there()
            pad.rom.write_sector(data[start : start + BLOCK_SIZE])
            self._taken += BLOCK_SIZE
        if pad.rom.restarted:
            self._bench.soon(self._bench.restart, pad)
        else:
            pad.rom.write_sector(bytes([0xF8, 0xFF] * (BLOCK_SIZE // 2)))  # the file allocation table
        return len(data)

    def settle(self) -> None:
        self._there()

    def close(self) -> None:
        pass

    def _there(self) -> None:
        if self._pad.state != "bootsel" or self._pad.address != self._address:
            raise OSError(5, "Input/output error")
