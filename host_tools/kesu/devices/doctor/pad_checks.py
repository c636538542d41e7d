"""pad_checks: checks of each pad: permission, busy port, drive, driver, chip, image."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator

from kesu.common.usb_ids import Mode
from kesu.devices.discovery.host import Host
from kesu.devices.doctor.finding import Finding, Situation
from kesu.devices.doctor.machine import FLASHING_RULES, SEAT_RULES, install, installed
from kesu.devices.listing.listing import last_done


def permissions(situation: Situation) -> Iterator[Finding]:
    """Device files without permission for the user."""
    host = situation.host
    if not host.linux:
        return
    for pad in situation.pads:
        rules = SEAT_RULES if pad.mode is Mode.SEALED else FLASHING_RULES
        if pad.mode is Mode.BOOTSEL and pad.bus is not None:
            device: str | None = f"/dev/bus/usb/{pad.bus:03d}/{pad.address:03d}"
        else:
            device = pad.tty
        if device is None or not host.path(device).exists() or host.may_use(host.path(device)):
            continue
        command = "sudo udevadm trigger, or sign in at this machine itself: the rules serve the local session"
        if not installed(host, rules):
            command = install(rules)
        yield Finding("permission", pad.name, f"You may not open {device}.", command)


def busy_ports(situation: Situation) -> Iterator[Finding]:
    """Programs that have a pad's serial line open. The agent on a sealed pad is expected."""
    for pad in situation.pads:
        if pad.tty is None:
            continue
        for process, name in holders(situation.host, pad.tty):
            if pad.mode is Mode.SEALED and name == "kesu":
                continue
            yield Finding(
                "port busy",
                pad.name,
                f"{pad.tty} is open in {name} (process {process}).",
                f"close that program, or: kill {process}",
            )


def holders(host: Host, tty: str) -> list[tuple[int, str]]:
    """Processes that have a device open, with their names; only root sees those of other users."""
    found = []
    for folder in sorted(host.path("/proc").glob("[0-9]*/fd")):
        try:
            open_here = any(str(link.readlink()) == tty for link in folder.iterdir())
            name = (folder.parent / "comm").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue
        if open_here:
            found.append((int(folder.parent.name), name))
    return found


def drivers(situation: Situation) -> Iterator[Finding]:
    """Pads without a driver, or blocked by a policy."""
    host = situation.host
    for pad in situation.pads:
        if pad.port_path is None or not host.linux:
            continue
        allowed = host.path(f"/sys/bus/usb/devices/{pad.port_path}/authorized")
        if allowed.is_file() and allowed.read_text().strip() == "0":
            yield Finding(
                "blocked",
                pad.name,
                "A policy of this machine (USBGuard or the like) blocks the pad.",
                f"sudo usbguard list-devices | grep {pad.port_path}, then: sudo usbguard allow-device NUMBER",
            )
        elif pad.mode is not Mode.BOOTSEL and pad.tty is None:
            yield Finding(
                "no serial line", pad.name, "The kernel gave the pad no serial line.", "sudo modprobe cdc_acm"
            )
        elif pad.mode is Mode.BOOTSEL and pad.drive is None and pad.block is not None:
            yield Finding(
                "not mounted",
                pad.name,
                f"Its drive {pad.block} is not mounted; picotool does not need it.",
                f"udisksctl mount -b {pad.block}",
            )


def chips(situation: Situation) -> Iterator[Finding]:
    """Pads in BOOTSEL without an image for their chip, and pads that do not run Kesu."""
    boards = {"pico2" if "-pico2-" in path.name else "pico" for path in situation.images}
    for pad in situation.pads:
        if pad.mode is Mode.MICROPYTHON:
            yield Finding(
                "other firmware",
                pad.name,
                "It runs MicroPython, not Kesu.",
                "kesu flash IMAGE.uf2 --pad " + pad.name,
            )
        if pad.chip is None or not situation.images or pad.chip.board in boards:
            continue
        yield Finding(
            "wrong chip",
            pad.name,
            f"It has an {pad.chip.name}, and there is no image for that chip.",
            f"kesu dev build --board {pad.chip.board}",
        )


def old_images(situation: Situation) -> Iterator[Finding]:
    """Pads whose last record entry has another hash than the present image of that name."""
    present = {path.name: (path, sha256) for path, sha256 in situation.images.items()}
    for pad in situation.pads:
        entry = last_done(situation.record, pad)
        if entry is None or entry.image not in present:
            continue
        path, sha256 = present[entry.image]
        if sha256 != entry.sha256:
            yield Finding(
                "old image",
                pad.name,
                f"According to the record it got {entry.image} on {entry.time[:10]}; the present file differs.",
                f"{_seal(entry.action)} {path} --pad {pad.name}, with BOOTSEL held while plugging in",
            )


def _seal(action: str) -> str:
    return "kesu seal" if action == "seal" else "kesu flash"
