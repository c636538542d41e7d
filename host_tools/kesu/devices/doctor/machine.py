"""machine: checks of the PC: cable, hub port, udev rules, ModemManager, picotool."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from kesu.common.usb_ids import Mode
from kesu.devices.discovery.host import Host
from kesu.devices.doctor.finding import Finding, Situation

RULES = Path(__file__).parents[1] / "udev"
SEAT_RULES, FLASHING_RULES = "70-kesu.rules", "71-kesu-flashing.rules"
_FOLDERS = ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d")
# Documentation/ABI/testing/sysfs-bus-usb, usb_device_state: something is connected but did not enumerate.
_STUCK = {"attached", "powered", "default", "addressed"}


def nothing_there(situation: Situation) -> Iterator[Finding]:
    """No pad on USB: often a cable without data wires."""
    if not situation.pads:
        yield Finding(
            "no pad",
            "",
            "No pad is on USB. If its screen changes when it is plugged in, it has power but no data: "
            "a cable without data wires, or a charger.",
            "plug it in with another cable, straight into the PC; then: kesu devices",
        )


def stuck_ports(situation: Situation) -> Iterator[Finding]:
    """A hub port with a load that does not answer."""
    for state in sorted(situation.host.path("/sys/bus/usb/devices").glob("*/*-port*/state")):
        port = state.parent
        if _read(state) in _STUCK and not (port / "device").exists():
            yield Finding(
                "cable",
                port.name,
                f"What is on port {port.name} does not answer (state: {_read(state)}): "
                "its data wires are missing or bad.",
                "plug it in with another cable; then: kesu devices",
            )


def rules(situation: Situation) -> Iterator[Finding]:
    """The udev rules for the connected pads."""
    modes = {pad.mode for pad in situation.pads}
    for name, needed in (
        (SEAT_RULES, Mode.SEALED in modes),
        (FLASHING_RULES, bool(modes & {Mode.BOOTSEL, Mode.SERVICE, Mode.MICROPYTHON})),
    ):
        if needed and situation.host.linux and not installed(situation.host, name):
            old = any((situation.host.path(folder) / name).exists() for folder in _FOLDERS)
            yield Finding(
                "udev rule",
                "",
                f"The udev rules {name} are {'of another version' if old else 'not installed'}.",
                install(name),
            )


def modem_manager(situation: Situation) -> Iterator[Finding]:
    """ModemManager sends modem commands to new serial lines (micropython#7867) unless a rule keeps it
    away."""
    host = situation.host
    running = [pad for pad in situation.pads if pad.tty]
    if not running or not any(
        _read(comm) == "ModemManager" for comm in host.path("/proc").glob("[0-9]*/comm")
    ):
        return
    for name in (SEAT_RULES, FLASHING_RULES):
        concerned = [pad for pad in running if (pad.mode is Mode.SEALED) == (name == SEAT_RULES)]
        if concerned and not installed(host, name):
            yield Finding(
                "ModemManager",
                concerned[0].name,
                "ModemManager is running without a rule to ignore pads: it sends modem commands to them.",
                install(name),
            )


def picotool(situation: Situation) -> Iterator[Finding]:
    """picotool, which sealing and verification need."""
    host = situation.host
    in_bootsel = any(pad.mode is Mode.BOOTSEL for pad in situation.pads)
    if host.linux and in_bootsel and shutil.which(host.picotool[0]) is None:
        yield Finding(
            "picotool",
            "",
            "picotool is not installed: no pad can be sealed or read back.",
            "sudo apt-get install picotool",
        )


def installed(host: Host, name: str) -> bool:
    """Whether udev reads exactly these rules: the first folder that has the name counts (udev(7))."""
    wanted = (RULES / name).read_text(encoding="utf-8")
    for folder in _FOLDERS:
        path = host.path(folder) / name
        if path.is_file():
            return path.read_text(encoding="utf-8", errors="replace") == wanted
    return False


def install(name: str) -> str:
    """The command that installs rules."""
    return (
        f"sudo cp {RULES / name} /etc/udev/rules.d/ && sudo udevadm control --reload && sudo udevadm trigger"
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
