"""find: combines USB devices, serial ports and drives into a list of pads, and selects from it.

On Linux the USB port path is the key. On macOS and Windows a running pad has a port path (pyserial's
`location`), but a drive has none: only their folders distinguish two drives there.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.common.usb_ids import RP2040, Chip, Mode, mode_of
from kesu.devices.discovery.drives import drives
from kesu.devices.discovery.host import Host
from kesu.devices.discovery.sysfs import UsbDevice, usb_devices

# Any device may call itself anything: what is no serial goes neither to a terminal nor into a record.
_SERIAL = re.compile(r"[0-9A-Fa-f]{8,32}")


@dataclass(frozen=True)
class Pad:
    """One pad. serial: the flash chip's number, 16 hex digits, if known; a sealed pad shows none.

    port_path: "1-1.3", None if unknown. tty, block: device names. drive: its mounted
    drive. bus, address: for picotool. descriptors: device and configuration descriptor as the bus gave
    them.
    """

    mode: Mode
    chip: Chip | None = None
    serial: str | None = None
    port_path: str | None = None
    tty: str | None = None
    drive: Path | None = None
    block: str | None = None
    bus: int | None = None
    address: int | None = None
    descriptors: bytes = b""

    @property
    def name(self) -> str:
        """The shortest name that is unique."""
        return self.port_path or (str(self.drive) if self.drive else None) or self.tty or "?"

    def known_as(self, words: str) -> bool:
        """Whether `words` name this pad: serial, port path, drive or tty."""
        names = {self.serial, self.port_path, self.tty, self.block, str(self.drive) if self.drive else None}
        return words.lower() in {name.lower() for name in names if name}


def pads(host: Host) -> list[Pad]:
    """All pads, in the order of their ports."""
    mounted = drives(host)
    if host.linux:
        by_device = {drive.device: drive for drive in mounted}
        found = []
        for device in usb_devices(host):
            pad = _from_bus(device)
            if pad is not None:
                drive = by_device.get(device.block) if device.block else None
                found.append(replace(pad, drive=drive.folder if drive else None))
        return found
    running = []
    for port in host.serial_ports():
        maker = None if host.platform == "win32" else port.manufacturer or ""
        known = mode_of(port.vid or 0, port.pid or 0, maker)
        if known is not None:
            # "1-1.3:1.0": the interface is not part of the port.
            location = (port.location or "").split(":")[0] or None
            reported = port.serial_number or ""
            serial = reported.lower() if _SERIAL.fullmatch(reported) else None
            running.append(Pad(known[0], known[1], serial, location, port.device))
    return [*running, *(Pad(Mode.BOOTSEL, drive.chip, drive=drive.folder) for drive in mounted)]


def at_port(host: Host, port_path: str) -> Pad | None:
    """The pad on a port, in any mode; None when the port is empty."""
    return next((pad for pad in pads(host) if pad.port_path == port_path), None)


def choose(found: Sequence[Pad], wanted: Sequence[str], *, everyone: bool = False) -> list[Pad]:
    """The pads that the user selected. Without a selection and with more than one pad, an error lists them.

    Raises KesuError with code NONE_FOUND or AMBIGUOUS.
    """
    if not found:
        raise KesuError(
            "No pad was found.",
            hint="Plug one in, with BOOTSEL held to write it. `kesu doctor` finds out what is in the way.",
            code=Exit.UNAVAILABLE,
        )
    if not wanted:
        if len(found) > 1 and not everyone:
            raise KesuError(
                f"{len(found)} pads were found: {listed(found)}.",
                hint="Say which with --pad (serial, port or drive), or take them with --all.",
                code=Exit.USAGE,
            )
        return list(found)
    chosen: list[Pad] = []
    for words in wanted:
        matches = [pad for pad in found if pad.known_as(words)]
        if not matches:
            raise KesuError(
                f"No pad is called '{words}'.", hint=f"There are: {listed(found)}.", code=Exit.UNAVAILABLE
            )
        if len(matches) > 1:
            raise KesuError(
                f"'{words}' fits {len(matches)} pads: {listed(matches)}.",
                hint="Give the port instead.",
                code=Exit.USAGE,
            )
        if matches[0] not in chosen:
            chosen.append(matches[0])
    return chosen


def listed(found: Sequence[Pad]) -> str:
    """Pads in a row, for a sentence."""
    return ", ".join(f"{pad.name} ({_described(pad)})" for pad in found)


def _described(pad: Pad) -> str:
    return " ".join(
        [pad.mode.value, *([pad.chip.name] if pad.chip else []), *([pad.serial] if pad.serial else [])]
    )


def _from_bus(device: UsbDevice) -> Pad | None:
    known = mode_of(device.vendor, device.product, device.manufacturer)
    if known is None:
        return None
    mode, chip = known
    # In BOOTSEL every RP2040 shows the same serial, made from the ROM's version (usb_boot_device.c).
    unique = _SERIAL.fullmatch(device.serial) and not (mode is Mode.BOOTSEL and chip is RP2040)
    return Pad(
        mode,
        chip,
        device.serial.lower() if unique else None,
        device.port_path,
        device.tty,
        None,
        device.block,
        device.bus,
        device.address,
        device.descriptors,
    )
