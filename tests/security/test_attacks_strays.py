"""test_attacks_strays: stray links, processes and USB devices with hostile names."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from attacks import attack, kesu, one_line, unprivileged
from click.testing import CliRunner
from kesu.agent import microsip
from kesu.cli.commands import main
from kesu.common.errors import Exit
from kesu.devices.discovery.find import pads
from kesu.devices.discovery.host import Host
from kesu.devices.sync.folder import files_of
from traps import link, pipe, untouched


@attack(
    "`kesu hook --install`",
    "link at the predictable name of an earlier release",
    "installed, other file unchanged",
)
def test_microsip_is_not_written_through_a_trap(tmp_path: Path, victim: Path) -> None:
    ini = tmp_path / "microsip.ini"
    ini.write_text("[Settings]\n")
    link(tmp_path / "microsip.ini.kesu-new")
    microsip.install(ini, "kesu")
    assert "cmdCallEnd=kesu hook end" in ini.read_text()
    assert untouched(victim)


@attack("`kesu hook --install`", "a process whose name is not valid text", "installed")
def test_a_process_whose_name_is_not_text_is_skipped(tmp_path: Path) -> None:
    ini = tmp_path / "microsip.ini"
    ini.write_text("[Settings]\n")
    code = (
        "import sys; open('/proc/self/comm', 'wb').write(b'\\xff\\xfe'); print(flush=True); sys.stdin.read()"
    )
    named = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with named:
        assert named.stdout is not None
        named.stdout.readline()
        with pytest.raises(UnicodeDecodeError):  # the control
            Path(f"/proc/{named.pid}/comm").read_text(encoding="utf-8")
        microsip.install(ini, "kesu")
        named.communicate()
    assert "cmdCallEnd" in ini.read_text()


@attack(
    "`kesu devices` and others",
    "a USB device whose serial number holds terminal or spreadsheet commands",
    "shown without serial",
)
@pytest.mark.parametrize("serial", ["\x1b[2J\x1b[H", "=HYPERLINK(1)", "日本", "0123", "e66141\n03e7452a"])
def test_only_a_hexadecimal_serial_is_shown(tmp_path: Path, serial: str) -> None:
    for port, claimed in (("1-1.1", serial), ("1-1.2", "E6614103E7452A2F")):
        entry = tmp_path / "sys/bus/usb/devices" / port
        entry.mkdir(parents=True)
        shown = {"idVendor": "2e8a", "idProduct": "0005", "busnum": "1", "devnum": "7", "serial": claimed}
        for name, text in shown.items():
            (entry / name).write_text(text)
        (entry / "descriptors").write_bytes(b"")
    assert [pad.serial for pad in pads(Host(tmp_path, platform="linux"))] == [None, "e6614103e7452a2f"]


@attack(
    "`kesu dev sync`",
    "a file whose name is no text, or a link that leads out of the folder",
    "refused, no pad touched",
    Exit.DATA,
)
@pytest.mark.parametrize("name", [b"\xff.py", b"a\x1b[2J.py", b"link.py"])
def test_sync_refuses_odd_names_and_links(tmp_path: Path, victim: Path, code: int, name: bytes) -> None:
    place = tmp_path / "app"
    place.mkdir()
    (place / "good.py").write_text("pass")
    pipe(place / "pipe.py")  # skipped: a pad has no such file
    assert set(files_of(place, ())) == {"good.py"}, "the control"
    if name == b"link.py":
        (place / "link.py").symlink_to(victim)
    else:
        (place / os.fsdecode(name)).write_text("pass")
    refused = CliRunner().invoke(main, ["dev", "sync", str(place)], obj=Host(tmp_path))
    assert refused.exit_code == code
    assert "\x1b" not in refused.output


@attack("`kesu dev sync`", "a file that may not be read", "one line, no pad touched", Exit.NO_PERMISSION)
def test_a_file_that_may_not_be_read_is_said(tmp_path: Path, code: int) -> None:
    (tmp_path / "closed.py").touch()
    (tmp_path / "closed.py").chmod(0)
    done = kesu("dev", "sync", tmp_path, prefix=unprivileged())
    assert done.returncode == code
    assert "closed.py: Permission denied" in one_line(done)
