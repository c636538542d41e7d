"""test_pads_find: pads as Linux, macOS and Windows show them; an ambiguous name is refused."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from kesu.common.errors import Exit, KesuError
from kesu.common.usb_ids import RP2040, RP2350, Mode
from kesu.devices.discovery.drives import chip_of
from kesu.devices.discovery.find import Pad, at_port, choose, pads
from kesu.devices.discovery.host import Host
from made_up_sysfs import INFO, device, mount


@dataclass
class Port:
    """A serial port as pyserial describes it."""

    device: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None
    location: str | None = None
    manufacturer: str | None = None


def linux(root: Path) -> Host:
    return Host(root=root, platform="linux")


def test_linux_joins_device_serial_line_and_drive_by_the_port(tmp_path: Path) -> None:
    serial = "e6614103e7452a2f"
    (
        device(tmp_path, "1-1.2", "2e8a", "0005", serial=serial.upper(), manufacturer="Kesu")
        / "1-1.2:1.0/tty/ttyACM4"
    ).mkdir(parents=True)
    disk = device(tmp_path, "1-1.3", "2e8a", "0003", serial="E0C9125B0D9B")
    (disk / "1-1.3:1.0/host6/target6:0:0/6:0:0:0/block/sdb/sdb1").mkdir(parents=True)
    mount(tmp_path, "/dev/sdb1", "/media/an operator/RPI-RP2")
    device(tmp_path, "1-1.4", "2e8a", "000f", serial="0123456789ABCDEF")
    (device(tmp_path, "1-1.5", "1209", "0001", manufacturer="Kesu") / "1-1.5:1.0/tty/ttyACM0").mkdir(
        parents=True
    )
    device(tmp_path, "1-1.6", "046d", "c31c")
    device(tmp_path, "1-1.7", "1209", "0001", manufacturer="Somebody else")
    (tmp_path / "sys/bus/usb/devices/usb1").mkdir()
    found = pads(linux(tmp_path))
    assert [(pad.port_path, pad.mode, pad.chip, pad.serial) for pad in found] == [
        ("1-1.2", Mode.SERVICE, None, serial),
        ("1-1.3", Mode.BOOTSEL, RP2040, None),
        ("1-1.4", Mode.BOOTSEL, RP2350, "0123456789abcdef"),
        ("1-1.5", Mode.SEALED, None, None),
    ]
    assert found[0].tty == "/dev/ttyACM4"
    assert (found[1].block, found[1].drive) == ("/dev/sdb1", tmp_path / "media/an operator/RPI-RP2")
    assert found[1].address == 7
    assert at_port(linux(tmp_path), "1-1.5") == found[3]
    assert at_port(linux(tmp_path), "1-9") is None


def test_a_device_unplugged_while_it_is_read_is_skipped(tmp_path: Path) -> None:
    device(tmp_path, "1-1", "2e8a", "0003")
    (tmp_path / "sys/bus/usb/devices/1-1/descriptors").unlink()
    device(tmp_path, "1-2", "2e8a", "0003")
    assert [pad.port_path for pad in pads(linux(tmp_path))] == ["1-2"]


def test_macos_shows_drives_by_folder_and_running_pads_by_port(tmp_path: Path) -> None:
    for name in ("RPI-RP2", "RPI-RP2 1", "Macintosh HD"):
        (tmp_path / "Volumes" / name).mkdir(parents=True)
    for name in ("RPI-RP2", "RPI-RP2 1"):
        (tmp_path / "Volumes" / name / "INFO_UF2.TXT").write_text(INFO)
    ports = [
        Port("/dev/cu.usbmodem1", 0x2E8A, 5, "E6614103E7452A2F", "20-1.3:1.0", "Kesu"),
        Port("/dev/cu.usbmodem2", 0x1209, 1, None, "20-1.4", "Kesu"),
        Port("/dev/cu.Bluetooth"),
    ]
    host = Host(root=tmp_path, platform="darwin", serial_ports=lambda: list(ports))
    found = pads(host)
    assert [(pad.name, pad.mode, pad.serial) for pad in found] == [
        ("20-1.3", Mode.SERVICE, "e6614103e7452a2f"),
        ("20-1.4", Mode.SEALED, None),
        (str(tmp_path / "Volumes/RPI-RP2"), Mode.BOOTSEL, None),
        (str(tmp_path / "Volumes/RPI-RP2 1"), Mode.BOOTSEL, None),
    ]
    assert choose(found, [str(tmp_path / "Volumes/RPI-RP2 1")])[0].chip is RP2040


def test_windows_reads_every_drive_letter_with_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for letter, board in (("D", "RPI-RP2"), ("E", "RP2350"), ("F", "")):
        (tmp_path / letter).mkdir()
        if board:
            (tmp_path / letter / "INFO_UF2.TXT").write_text(INFO.replace("RPI-RP2", board))
    letters = [str(tmp_path / letter) for letter in ("C", "D", "E", "F")]
    monkeypatch.setattr("kesu.devices.discovery.drives._drive_letters", lambda: letters)
    ports = [Port("COM3", 0x1209, 1, None, "1-4", "Microsoft")]
    found = pads(Host(root=tmp_path, platform="win32", serial_ports=lambda: list(ports)))
    assert (found[0].mode, found[0].tty) == (Mode.SEALED, "COM3"), "Windows gives the driver's manufacturer"
    drives = [(pad.chip, os.path.basename(str(pad.drive))) for pad in found[1:]]
    assert drives == [(RP2040, "D"), (RP2350, "E")]


def test_the_commands_load_without_posix_modules() -> None:
    """As on Windows: POSIX modules cannot be imported, once pyserial and mpremote have chosen their backends."""
    script = (
        "import sys, serial.tools.list_ports, mpremote.transport_serial\n"
        "for name in ('fcntl', 'termios', 'tty', 'pty', 'grp', 'pwd', 'resource'): sys.modules[name] = None\n"
        "import kesu.devices.flash.command, kesu.devices.flash.seal, kesu.devices.sync.command\n"
        "import kesu.devices.listing.command, kesu.devices.doctor.command\n"
        "try:\n    import fcntl\nexcept ImportError:\n    print('loaded')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("loaded\n", "")


@pytest.mark.parametrize(
    "text", ["", "Model: Raspberry Pi RP2\n", "Board-ID: SAMD21\n", "xBoard-ID: RPI-RP2\n"]
)
def test_a_drive_without_a_known_board_is_not_a_pad(tmp_path: Path, text: str) -> None:
    (tmp_path / "INFO_UF2.TXT").write_text(text)
    assert chip_of(tmp_path) is None
    (tmp_path / "INFO_UF2.TXT").write_text(INFO)
    assert chip_of(tmp_path) is RP2040


def test_a_name_selects_exactly_one_pad() -> None:
    one = Pad(Mode.BOOTSEL, RP2040, port_path="1-1.2", serial="e6614103e7452a2f")
    two = Pad(Mode.SERVICE, serial="0011223344556677", port_path="1-1.3", tty="/dev/ttyACM0")
    three = Pad(Mode.SERVICE, serial="0011223344556677", port_path="1-1.4")
    both = [one, two, three]
    assert choose(both, ["1-1.3", "E6614103E7452A2F", "1-1.3"]) == [two, one]
    assert choose(both, ["/dev/ttyACM0"]) == [two]
    assert choose([one], []) == [one]
    assert choose(both, [], everyone=True) == both
    for words, found, code in (
        ([], both, Exit.USAGE),
        (["0011223344556677"], both, Exit.USAGE),
        (["9"], both, Exit.UNAVAILABLE),
        ([], [], Exit.UNAVAILABLE),
    ):
        with pytest.raises(KesuError) as refused:
            choose(found, words)
        assert refused.value.code == code
        assert refused.value.hint
