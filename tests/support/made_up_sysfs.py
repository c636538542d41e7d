"""made_up_sysfs: devices and mounts as Linux shows them, for tests that need no boot ROM."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

INFO = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n"


def device(root: Path, port: str, vendor: str, product: str, **more: str) -> Path:
    """Add a device to a made-up sysfs."""
    folder = root / "sys/bus/usb/devices" / port
    folder.mkdir(parents=True)
    attributes = {"idVendor": vendor, "idProduct": product, "busnum": "1", "devnum": "7", **more}
    for name, text in attributes.items():
        (folder / name).write_text(f"{text}\n")
    (folder / "descriptors").write_bytes(b"\x12\x01")
    return folder


def mount(root: Path, block: str, folder: str, info: str = INFO) -> None:
    drive = root / folder.lstrip("/")
    drive.mkdir(parents=True)
    (drive / "INFO_UF2.TXT").write_text(info)
    (root / "proc").mkdir(exist_ok=True)
    with (root / "proc/mounts").open("a") as mounts:
        mounts.write(f"{block} {folder.replace(' ', chr(92) + '040')} vfat rw 0 0\n")
