"""sysfs: lists USB devices on Linux, with ports, serial lines and drives (kernel: sysfs-bus-usb)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kesu.devices.discovery.host import Host


@dataclass(frozen=True)
class UsbDevice:
    """One device. port_path: "1-1.3", bus 1, root port 1, third port of the hub there. tty, block: /dev
    names."""

    port_path: str
    vendor: int
    product: int
    serial: str
    manufacturer: str
    bus: int
    address: int
    descriptors: bytes
    tty: str | None
    block: str | None
    interfaces: int


def usb_devices(host: Host) -> list[UsbDevice]:
    """All devices but hubs' root ports, sorted by port. A device that disappears meanwhile is left out."""
    folder = host.path("/sys/bus/usb/devices")
    found = []
    for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
        if ":" in entry.name or entry.name.startswith("usb"):
            continue
        try:
            found.append(_device(entry))
        except (OSError, ValueError):
            continue
    return found


def _device(entry: Path) -> UsbDevice:
    interfaces = sorted(entry.glob(f"{entry.name}:*"))
    return UsbDevice(
        port_path=entry.name,
        vendor=int(_text(entry / "idVendor"), 16),
        product=int(_text(entry / "idProduct"), 16),
        serial=_optional(entry / "serial"),
        manufacturer=_optional(entry / "manufacturer"),
        bus=int(_text(entry / "busnum")),
        address=int(_text(entry / "devnum")),
        descriptors=(entry / "descriptors").read_bytes(),
        tty=_first(interfaces, "tty/tty*"),
        # A drive with a partition table is mounted by its first partition; the boot ROM's has one.
        block=_first(interfaces, "host*/target*/*/block/*/*1")
        or _first(interfaces, "host*/target*/*/block/*"),
        interfaces=len(interfaces),
    )


def _first(interfaces: list[Path], pattern: str) -> str | None:
    for interface in interfaces:
        for match in sorted(interface.glob(pattern)):
            return f"/dev/{match.name}"
    return None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").strip()


def _optional(path: Path) -> str:
    try:
        return _text(path)
    except OSError:
        return ""
