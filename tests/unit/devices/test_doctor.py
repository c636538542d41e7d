"""test_doctor: each fault of a made-up machine is found, with the command that fixes it; a sound machine has
none."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from kesu.cli.commands import main
from kesu.common.usb_ids import CHIPS, MICROPYTHON_PID
from kesu.devices.discovery.host import Host
from kesu.devices.doctor.machine import FLASHING_RULES, RULES, SEAT_RULES
from kesu.devices.flash.record import Entry, Record
from made_up_sysfs import device, mount


class Machine:
    """A sound machine: one sealed pad in use, rules installed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.host = Host(root=root, platform="linux", may_use=lambda _: True, picotool=("sh",))
        self.device = device(root, "1-1.5", "1209", "0001", manufacturer="Kesu")
        (self.device / "1-1.5:1.0/tty/ttyACM0").mkdir(parents=True)
        (root / "dev").mkdir()
        (root / "dev/ttyACM0").touch()
        (root / "proc").mkdir(exist_ok=True)
        self.rules = root / "etc/udev/rules.d"
        self.rules.mkdir(parents=True)
        for name in (SEAT_RULES, FLASHING_RULES):
            (self.rules / name).write_text((RULES / name).read_text())

    def process(self, number: int, name: str, *opened: str) -> None:
        folder = self.root / "proc" / str(number)
        (folder / "fd").mkdir(parents=True)
        (folder / "comm").write_text(f"{name}\n")
        for index, path in enumerate(opened):
            (folder / "fd" / str(index)).symlink_to(path)

    def bootsel(self, product: str = "0003") -> None:
        disk = device(self.root, "1-1.6", "2e8a", product, devnum="9")
        (disk / "1-1.6:1.0/host6/target6:0:0/6:0:0:0/block/sdb/sdb1").mkdir(parents=True)
        usb = self.root / "dev/bus/usb/001"
        usb.mkdir(parents=True)
        (usb / "009").touch()

    def findings(self, *arguments: str) -> list[tuple[str, str, str, str]]:
        """Findings as (kind, pad, problem, command)."""
        words = ["doctor", "--images", str(self.root / "dist"), *arguments, "--json"]
        result = CliRunner().invoke(main, words, obj=self.host)
        found = json.loads(result.stdout)["findings"]
        assert result.exit_code == bool(found)
        return [tuple(entry.values()) for entry in found]

    def kinds(self, *arguments: str) -> list[str]:
        return [finding[0] for finding in self.findings(*arguments)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_sound_machine_has_no_findings(machine: Machine) -> None:
    machine.process(50, "kesu", "/dev/ttyACM0")
    machine.process(51, "ModemManager")
    assert machine.findings() == []
    words = CliRunner().invoke(main, ["doctor"], obj=machine.host)
    assert "Pads: 1-1.5 (sealed).\nNothing is in the way." in words.stdout


def test_the_flashing_rules_cover_all_usb_ids_and_sort_before_systemds() -> None:
    text = (RULES / FLASHING_RULES).read_text()
    for number in (MICROPYTHON_PID, *(chip.bootsel_pid for chip in CHIPS)):
        assert f'ATTR{{idProduct}}=="{number:04x}"' in text
    assert int(FLASHING_RULES[:2]) < 73
    assert "1209" not in text, "seats get no access from these rules"


def test_without_a_pad_the_cable_is_suggested(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["doctor"], obj=Host(root=tmp_path, platform="linux"))
    assert result.exit_code == 1
    assert "a cable without data wires, or a charger" in result.stdout.replace("\n", " ")


@pytest.mark.parametrize(
    ("state", "found"), [("powered", True), ("default", True), ("configured", False), ("not attached", False)]
)
def test_an_unresponsive_usb_port_is_found(machine: Machine, state: str, found: bool) -> None:
    port = machine.root / "sys/bus/usb/devices/1-1:1.0/1-1-port7"
    port.mkdir(parents=True)
    (port / "state").write_text(f"{state}\n")
    findings = machine.findings()
    assert [(finding[0], finding[1]) for finding in findings] == ([("cable", "1-1-port7")] if found else [])


def test_missing_or_outdated_rules_are_found(machine: Machine) -> None:
    (machine.rules / SEAT_RULES).write_text("# older\n")
    ((kind, _, problem, command),) = machine.findings()
    assert (kind, "of another version" in problem) == ("udev rule", True)
    assert command.startswith(
        f"sudo cp {RULES / SEAT_RULES} /etc/udev/rules.d/ && sudo udevadm control --reload"
    )
    (machine.rules / SEAT_RULES).unlink()
    assert "not installed" in machine.findings()[0][2]
    lib = machine.root / "usr/lib/udev/rules.d"
    lib.mkdir(parents=True)
    (lib / SEAT_RULES).write_text((RULES / SEAT_RULES).read_text())
    assert machine.findings() == []


def test_modem_manager_matters_only_without_the_rule(machine: Machine) -> None:
    machine.process(51, "ModemManager")
    (machine.rules / SEAT_RULES).unlink()
    assert machine.kinds() == ["udev rule", "ModemManager"]


def test_missing_permission_names_the_file_and_the_rule(machine: Machine) -> None:
    machine.host = replace(machine.host, may_use=lambda path: path.name != "ttyACM0")
    ((kind, pad, problem, command),) = machine.findings()
    assert (kind, pad, problem) == ("permission", "1-1.5", "You may not open /dev/ttyACM0.")
    assert "sign in at this machine" in command
    (machine.rules / SEAT_RULES).unlink()
    assert "sudo cp" in machine.findings()[-1][3]


def test_permission_of_a_pad_in_bootsel_is_that_of_its_usb_device(machine: Machine) -> None:
    machine.bootsel()
    mount(machine.root, "/dev/sdb1", "/media/RPI-RP2")
    assert machine.findings() == []
    machine.host = replace(machine.host, may_use=lambda path: path.name != "009")
    assert [finding[2] for finding in machine.findings()] == ["You may not open /dev/bus/usb/001/009."]


def test_a_busy_port_is_reported_with_its_holder(machine: Machine) -> None:
    machine.process(60, "minicom", "/dev/null", "/dev/ttyACM0")
    machine.process(61, "bash", "/dev/null")
    ((kind, pad, problem, command),) = machine.findings()
    assert (kind, pad) == ("port busy", "1-1.5")
    assert problem == "/dev/ttyACM0 is open in minicom (process 60)."
    assert command.endswith("kill 60")


def test_an_unmounted_drive_without_picotool_is_found(machine: Machine) -> None:
    machine.bootsel()
    machine.host = replace(machine.host, picotool=("no-such-picotool",))
    assert machine.kinds() == ["picotool", "not mounted"]
    assert machine.findings()[1][3] == "udisksctl mount -b /dev/sdb1"


def test_a_blocked_pad_and_one_without_a_driver_are_found(machine: Machine) -> None:
    (machine.device / "authorized").write_text("0\n")
    assert machine.kinds() == ["blocked"]
    (machine.device / "authorized").write_text("1\n")
    assert machine.kinds() == []
    (machine.device / "1-1.5:1.0/tty/ttyACM0").rmdir()
    assert machine.kinds() == ["no serial line"]


def test_wrong_chip_other_firmware_and_old_image_are_found(machine: Machine) -> None:
    machine.bootsel("000f")
    mount(machine.root, "/dev/sdb1", "/media/RP2350", "Board-ID: RP2350\n")
    other = device(machine.root, "1-1.7", "2e8a", "0005", manufacturer="MicroPython")
    (other / "1-1.7:1.0/tty/ttyACM1").mkdir(parents=True)
    dist = machine.root / "dist"
    dist.mkdir()
    image = dist / "kesu-pico-4in2-sealed.uf2"
    image.write_bytes(b"new")
    record = machine.root / "pads.csv"
    Record(record).append(
        Entry(
            "2026-01-02T03:04:05+00:00",
            "00" * 8,
            "1-1.5",
            "RP2040",
            image.name,
            "ab" * 32,
            "seal",
            "done",
            "",
            "",
        )
    )
    found = machine.findings("--record", str(record))
    assert [(finding[0], finding[1]) for finding in found] == [
        ("wrong chip", "1-1.6"),
        ("other firmware", "1-1.7"),
        ("old image", "1-1.5"),
    ]
    assert found[0][3] == "kesu dev build --board pico2"
    assert "on 2026-01-02; the present file differs" in found[2][2]
    assert found[2][3].startswith("kesu seal ")
