"""test_agent_microsip: `kesu hook --install microsip` changes its keys, nothing else, and can be undone."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from kesu.agent import microsip
from kesu.agent.hook_command import PRODUCTS, command
from kesu.cli.commands import main
from kesu.common.errors import Exit, KesuError

TEXT = (
    "; 設定\r\n[Settings]\r\naccountId=1\r\ncmdCallEnd=old.exe\r\ncmdcallstart=\r\n\r\n"
    "[Account1]\r\nlabel=山田\r\ncmdCallEnd=not ours\r\n"
)
PROGRAM = r"C:\kesu\kesu.exe"


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    return tmp_path / "microsip.ini"


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"\xef\xbb\xbf", "utf-8"),
        (b"", "utf-8"),
        (b"", "cp932"),
    ],
)
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_installed_and_undone(ini: Path, bom: bytes, encoding: str, newline: str) -> None:
    before = bom + TEXT.replace("\r\n", newline).encode(encoding)
    ini.write_bytes(before)
    microsip.install(ini, PROGRAM)
    installed = ini.read_bytes()
    assert installed.startswith(bom)
    lines = installed[len(bom) :].decode(encoding).split(newline)
    section = lines[: lines.index("[Account1]")]
    assert r"cmdCallEnd=C:\kesu\kesu.exe hook end" in section
    assert r"cmdcallstart=C:\kesu\kesu.exe hook start" in section
    assert r"cmdIncomingCall=C:\kesu\kesu.exe hook ring" in section
    assert "old.exe" not in "".join(section)
    assert lines[lines.index("[Account1]") :] == ["[Account1]", "label=山田", "cmdCallEnd=not ours", ""]
    microsip.install(ini, PROGRAM)  # a second time changes nothing, and keeps the first backup
    assert ini.read_bytes() == installed
    microsip.undo(ini)
    assert ini.read_bytes() == before
    assert [path.name for path in ini.parent.iterdir()] == [ini.name]


def test_undo_keeps_later_changes_by_microsip(ini: Path) -> None:
    ini.write_text("[Settings]\naccountId=1\n")
    microsip.install(ini, PROGRAM)
    ini.write_text(ini.read_text().replace("accountId=1", "accountId=2"))
    microsip.undo(ini)
    assert ini.read_text() == "[Settings]\naccountId=2\n"


@pytest.mark.parametrize("text", ["", "[Other]\nx=1", "[Settings]", "[settings]\nx=1"])
def test_files_of_other_shapes(ini: Path, text: str) -> None:
    ini.write_text(text)
    microsip.install(ini, PROGRAM)
    lines = ini.read_text().splitlines()
    heads = [place for place, line in enumerate(lines) if line.lower() == "[settings]"]
    assert len(heads) == 1
    assert sum(line.startswith("cmd") for line in lines[heads[0] :]) == len(microsip.EVENTS)


@pytest.mark.parametrize("program", ["C:\\" + "k" * 250, "C:\\Program Files\\kesu.exe", "C:\\消す\\kesu.exe"])
def test_a_command_that_microsip_cannot_quote_is_refused(ini: Path, program: str) -> None:
    ini.write_text(TEXT)
    before = ini.read_bytes()
    with pytest.raises(KesuError):
        microsip.install(ini, program)
    assert ini.read_bytes() == before
    assert [path.name for path in ini.parent.iterdir()] == [ini.name]


@pytest.mark.parametrize("act", [lambda path: microsip.install(path, PROGRAM), microsip.undo])
def test_refused_while_microsip_runs(
    ini: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], object]
) -> None:
    ini.write_text(TEXT)
    microsip.install(ini, PROGRAM)
    before = ini.read_bytes()
    monkeypatch.setattr(microsip, "is_running", lambda program: True)
    with pytest.raises(KesuError, match="is running"):
        act(ini)
    assert ini.read_bytes() == before


def test_a_missing_backup_or_file_is_reported(ini: Path) -> None:
    with pytest.raises(KesuError, match="cannot be read"):
        microsip.install(ini, PROGRAM)
    ini.write_text(TEXT)
    with pytest.raises(KesuError, match="nothing was installed"):
        microsip.undo(ini)


def test_the_command(ini: Path) -> None:
    ini.write_text(TEXT)
    run = CliRunner().invoke
    assert run(command, ["--install", "microsip", "--program", PROGRAM, str(ini)]).exit_code == 0
    assert "hook end" in ini.read_text()
    assert run(command, ["--install", "microsip", "--undo", str(ini)]).exit_code == 0
    assert "hook end" not in ini.read_text()
    for product in PRODUCTS:
        shown = run(command, ["--install", product, "--program", PROGRAM])
        assert shown.exit_code == 0
        assert "start" in shown.output
    assert run(command, ["--install", "swyx", str(ini)]).exit_code == 2
    assert "kesu hook EVENT" in run(command, []).output


def installed(scripts: Path) -> Path:
    """A `kesu` as pip installs it."""
    scripts.mkdir()
    (scripts / "kesu").write_text("#!/bin/sh\n")
    (scripts / "kesu").chmod(0o755)
    return scripts / "kesu"


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`python -m kesu` of an interpreter with an empty scripts folder and an empty PATH."""
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "kesu" / "__main__.py")])
    monkeypatch.setattr(sysconfig, "get_path", lambda *_, **__: str(tmp_path / "scripts"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def test_without_an_installed_kesu_nothing_is_written(started: Path, ini: Path) -> None:
    ini.write_bytes(TEXT.encode())
    for options in (["--install", "microsip", str(ini)], ["--install", "samsung"]):
        refused = CliRunner().invoke(main, ["hook", *options])
        assert refused.exit_code == 69
        assert refused.output.splitlines() == [
            "kesu: Hook: no installed `kesu` was found that a phone could run.",
            "  -> Install it (docs/agent.md), or give its path with --program.",
        ]
    assert ini.read_bytes() == TEXT.encode()
    assert CliRunner().invoke(main, ["hook", "--install", "samsung", "--program", "x"]).exit_code == 0


def test_kesu_is_looked_up_beside_itself_then_in_scripts_then_on_path(
    started: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken() -> str:
        return CliRunner().invoke(main, ["hook", "--install", "samsung"]).output.split(" hook")[0].split()[-1]

    for place in ("path", "scripts", "own"):
        expected = installed(started / place)
        if place == "own":
            monkeypatch.setattr(sys, "argv", [str(expected)])
        assert taken() == str(expected.resolve())


def test_the_command_given_to_a_phone_runs_from_any_folder(tmp_path: Path) -> None:
    """As `python -m kesu` of this environment, which is not on the PATH."""
    bare = {**os.environ, "PATH": "/usr/bin:/bin"}
    shown = subprocess.run(
        [sys.executable, "-m", "kesu", "hook", "--install", "samsung"],
        env=bare,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    line = shlex.split(shown.split("ringing ", 1)[1].split(" | ", 1)[0])
    assert line[1:] == ["hook", "ring"]
    elsewhere = {name: value for name, value in bare.items() if name != "PYTHONPATH"}
    phone = subprocess.run(
        [*line, "0612345678"],
        env=elsewhere | {"XDG_RUNTIME_DIR": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (phone.returncode, phone.stdout, phone.stderr) == (Exit.TRY_AGAIN, b"", b"")


def test_a_path_with_spaces_is_quoted_in_the_lines_for_other_phones() -> None:
    spaced = r"C:\Program Files\kesu.exe"
    shown = CliRunner().invoke(command, ["--install", "samsung", "--program", spaced]).output
    assert f'ringing "{spaced}" hook ring' in shown
    assert (
        f"ringing {PROGRAM} hook ring"
        in CliRunner().invoke(command, ["--install", "samsung", "--program", PROGRAM]).output
    )
