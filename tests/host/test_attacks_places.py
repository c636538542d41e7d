"""test_attacks_places: links, pipes, permissions and swaps in the places that tools write to and trust."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from agent_runs import running
from attacks import attack, kesu, naive_replace, one_line
from click.testing import CliRunner
from flash_runs import run
from kesu.agent import hook, microsip, place, status
from kesu.agent.command import alone
from kesu.agent.log import Kind, Log
from kesu.agent.private import read_private
from kesu.agent.secret import token, write_private
from kesu.build.request import BuiltImage
from kesu.cli import main
from kesu.errors import KesuError
from kesu.flash import record as record_module
from kesu.flash.record import CANNOT_WRITE, COLUMNS, Entry, Record
from kesu.pads.find import pads
from kesu.pads.host import Host
from pad_bench import Bench

VICTIM = "somebody else's file\n"
ENTRY = Entry(*COLUMNS)


def link(path: Path) -> None:
    path.symlink_to(path.with_name("victim"))


def dangling(path: Path) -> None:
    path.symlink_to(path.with_name("not-there"))


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/full")


def folder(path: Path) -> None:
    path.mkdir()


def hard_link(path: Path) -> None:
    path.hardlink_to(path.with_name("victim"))


TRAPS = {trap.__name__: trap for trap in (link, dangling, pipe, device, folder)}
Lay = Callable[[Path], None]


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim"
    path.write_text(VICTIM)
    return path


def untouched(victim: Path) -> bool:
    """The other's file is as it was, and none was made where a link led to nothing."""
    return victim.read_text() == VICTIM and not victim.with_name("not-there").exists()


# The record of pads --------------------------------------------------------------------------------


@pytest.mark.parametrize("lay", [link, hard_link])
def test_control_a_name_that_can_be_foreseen_is_a_way_to_anothers_file(
    tmp_path: Path, victim: Path, lay: Lay
) -> None:
    lay(tmp_path / ".pads.csv.new")
    naive_replace(tmp_path / "pads.csv", "ours\n")
    assert victim.read_text() == "ours\n"


@attack(
    "record of pads",
    "link or hard link laid at the name it used to be written under",
    "line written, other file kept",
)
@pytest.mark.parametrize("lay", [link, hard_link])
def test_the_record_is_written_under_no_name_that_can_be_foreseen(
    tmp_path: Path, victim: Path, lay: Lay
) -> None:
    lay(tmp_path / ".pads.csv.new")
    Record(tmp_path / "pads.csv").append(ENTRY)
    assert untouched(victim)
    assert Record(tmp_path / "pads.csv").entries() == [ENTRY]


@attack(
    "record of pads", "link, pipe, device or folder in its place", "refused, no pad touched", CANNOT_WRITE
)
@pytest.mark.parametrize("trap", TRAPS)
def test_seal_writes_no_record_into_a_trap(
    bench: Bench, sealed: BuiltImage, tmp_path: Path, victim: Path, code: int, trap: str
) -> None:
    pad = bench.add(1)
    TRAPS[trap](tmp_path / "pads.csv")
    refused = run(bench, "seal", sealed.uf2, "--all", "--record", tmp_path / "pads.csv")
    assert refused.exit_code == (2 if trap == "folder" else code)  # click itself knows a folder
    assert "Traceback" not in refused.output
    assert untouched(victim)
    assert set(pad.flash.content) == {0xFF}
    assert bench.server.calls == []


@attack("record of pads", "link, pipe or folder in place of its lock", "refused", CANNOT_WRITE)
@pytest.mark.parametrize("trap", TRAPS)
def test_the_lock_of_the_record_is_a_plain_file(tmp_path: Path, victim: Path, code: int, trap: str) -> None:
    TRAPS[trap](tmp_path / ".pads.csv.lock")
    with pytest.raises(KesuError) as refused:
        Record(tmp_path / "pads.csv").append(ENTRY)
    assert refused.value.code == code
    assert "None" not in refused.value.message
    assert untouched(victim)
    assert not (tmp_path / "pads.csv").exists()


@attack("record of pads", "another program holds its lock for ever", "given up after 30 s", CANNOT_WRITE)
def test_a_lock_that_never_falls_is_given_up(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    monkeypatch.setattr(record_module, "LOCK_S", 0.1)
    record = Record(tmp_path / "pads.csv")
    record.append(ENTRY)
    with (tmp_path / ".pads.csv.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(KesuError, match="another program holds its lock") as refused:
            record.append(ENTRY)
    assert refused.value.code == code
    record.append(ENTRY)
    assert len(record.entries()) == 2


@attack(
    "record of pads", "hard link to it", "the new record is a file of its own, the other name keeps the old"
)
def test_a_hard_link_to_the_record_keeps_what_was(tmp_path: Path) -> None:
    record = Record(tmp_path / "pads.csv")
    record.append(ENTRY)
    (tmp_path / "other").hardlink_to(record.path)
    before = record.path.read_bytes()
    record.append(ENTRY)
    assert (tmp_path / "other").read_bytes() == before
    assert len(record.entries()) == 2


@attack("record of pads", "open to its group", "stays so, and no wider")
def test_the_record_keeps_its_permissions(tmp_path: Path) -> None:
    record = Record(tmp_path / "pads.csv")
    record.append(ENTRY)
    for mode in (0o640, 0o600):
        record.path.chmod(mode)
        record.append(ENTRY)
        assert record.path.stat().st_mode & 0o777 == mode


@attack("`kesu devices`, `kesu doctor`", "a pipe as `--record`", "refused at once", CANNOT_WRITE)
@pytest.mark.parametrize("command", ["devices", "doctor"])
def test_a_pipe_as_record_holds_up_nobody(tmp_path: Path, code: int, command: str) -> None:
    pipe(tmp_path / "pads.csv")
    refused = CliRunner().invoke(main, [command, "--record", str(tmp_path / "pads.csv")], obj=Host(tmp_path))
    assert refused.exit_code == code
    assert "not a plain file" in refused.output


# Secrets -------------------------------------------------------------------------------------------

SECRET = b"a-token-of-more-than-twenty-letters\n"


def secret_at(path: Path, mode: int = 0o600) -> Path:
    path.write_bytes(SECRET)
    path.chmod(mode)
    return path


@attack(
    "token, credentials",
    "pipe, folder or device in its place, or a link that leads to nothing",
    "refused",
    66,
)
@pytest.mark.parametrize("trap", ["dangling", "pipe", "device", "folder"])
def test_a_secret_is_read_from_a_plain_file_only(tmp_path: Path, code: int, trap: str) -> None:
    TRAPS[trap](tmp_path / "token")
    with pytest.raises(KesuError) as refused:
        token(tmp_path / "token")
    assert refused.value.code == code
    assert not (tmp_path / "not-there").exists(), "none is made where the link leads"
    assert read_private(secret_at(tmp_path / "plain")) == SECRET


@attack("token, credentials", "others may read or write it, or a link leads to such a file", "refused", 77)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_secret_that_others_reach_is_none(tmp_path: Path, code: int, mode: int) -> None:
    secret_at(tmp_path / "target", mode)
    (tmp_path / "link").symlink_to("target")
    for name in ("target", "link"):
        with pytest.raises(KesuError) as refused:
            read_private(tmp_path / name)
        assert refused.value.code == code
    (tmp_path / "target").chmod(0o600)
    assert read_private(tmp_path / "link") == SECRET


@attack(
    "token, credentials", "a folder above it, or above what a link leads to, is open to all", "refused", 77
)
def test_a_secret_that_anybody_may_replace_is_none(tmp_path: Path, code: int) -> None:
    (tmp_path / "open" / "mine").mkdir(parents=True, mode=0o700)
    path = secret_at(tmp_path / "open" / "mine" / "token")
    (tmp_path / "link").symlink_to(path)
    for mode, accepted in ((0o777, False), (0o1777, True), (0o755, True)):
        (tmp_path / "open").chmod(mode)
        for name in (path, tmp_path / "link"):
            if accepted:
                assert read_private(name) == SECRET
                continue
            with pytest.raises(KesuError) as refused:
                read_private(name)
            assert refused.value.code == code


@attack("token, credentials", "swapped between the check and the reading", "what was checked is what is read")
def test_a_secret_swapped_after_the_check_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = secret_at(tmp_path / "token")
    checked = os.fstat

    def swap() -> None:
        write_private(path, b"the-token-of-an-attacker-who-swaps\n")

    def check_then_swap(handle: int) -> os.stat_result:
        found = checked(handle)
        if os.path.samestat(found, path.stat()):
            swap()
        return found

    monkeypatch.setattr("kesu.agent.private.os.fstat", check_then_swap)
    assert read_private(path) == SECRET
    monkeypatch.undo()
    # The control: check by name, swap, read by name.
    secret_at(path)
    assert path.stat().st_mode & 0o077 == 0
    swap()
    assert path.read_bytes() != SECRET


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@attack("token, credentials", "belongs to another user", "refused", 77)
def test_a_secret_of_another_user_is_none(tmp_path: Path, code: int) -> None:
    path = secret_at(tmp_path / "token")
    assert read_private(path) == SECRET
    os.chown(path, 65534, 65534)
    with pytest.raises(KesuError) as refused:
        read_private(path)
    assert refused.value.code == code


@attack("`kesu relay`", "a pipe as its credentials", "refused at once", 66)
def test_a_relay_waits_for_no_pipe(tmp_path: Path, code: int) -> None:
    (tmp_path / "relay.toml").write_text(f'credentials = "{tmp_path}/credentials"\n[pbx]\n')
    pipe(tmp_path / "credentials")
    done = kesu("relay", "--config", tmp_path / "relay.toml")
    assert done.returncode == code
    assert "not a plain file" in one_line(done)


@attack(
    "`kesu agent`", "its token in a folder open to all", "that source is lost (local), the line stays down", 3
)
def test_an_agent_whose_token_may_be_replaced_keeps_the_line_down(tmp_path: Path, code: int) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with running(tmp_path / "open", runtime=tmp_path / "run", ready=False) as agent:
        lost = agent.wait_for_check(lambda found: found["sources"][1]["loss"] == "local")
        assert lost == code
        assert agent.pad.is_silent()


# The agent's own places ----------------------------------------------------------------------------


@attack(
    "`kesu agent`: log",
    "link, hard link, pipe, device or folder in its place",
    "pads wiped once, no log, file kept",
)
@pytest.mark.parametrize("trap", [*TRAPS, "hard_link"])
def test_the_log_goes_into_no_trap(tmp_path: Path, victim: Path, trap: str) -> None:
    (hard_link if trap == "hard_link" else TRAPS[trap])(tmp_path / "agent.log")
    failures: list[int] = []
    log = Log(tmp_path / "agent.log", 65536, lambda: failures.append(1))
    log.write(Kind.STARTED, pads=1)
    log.write(Kind.STOPPED)
    log.close()
    assert (failures, log.failing, log.lost_lines) == ([1], True, 2)
    assert untouched(victim)


@attack(
    "`kesu agent`: log",
    "its second name is a hard link to it, so that it cannot be put away",
    "pads wiped once, no log",
)
def test_a_log_that_cannot_be_put_away_ends_in_no_loop(tmp_path: Path) -> None:
    path = tmp_path / "agent.log"
    path.write_bytes(b"x" * 9000)
    path.chmod(0o600)
    failures: list[int] = []
    log = Log(path, 16384, lambda: failures.append(1))
    log.write(Kind.STARTED)
    assert (failures, path.stat().st_size < 9000) == ([], True), "the control: it is put away"
    log.close()
    path.write_bytes(b"x" * 9000)
    path.with_name("agent.log.1").unlink()
    path.with_name("agent.log.1").hardlink_to(path)
    log.write(Kind.STARTED)
    assert (failures, log.failing) == ([1], True)


@attack("`kesu agent`: log", "an old log that all may read", "closed to others before a line is added")
def test_an_old_log_open_to_others_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "agent.log"
    path.touch()
    path.chmod(0o644)
    Log(path, 65536, lambda: None).write(Kind.STARTED)
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text())["event"] == "started"


@attack(
    "`kesu agent`: log",
    "a pipe in its place, that nobody reads",
    "starts, follows calls, `--check` says so",
    3,
)
def test_an_agent_with_a_pipe_for_a_log_follows_calls(tmp_path: Path, code: int) -> None:
    pipe(tmp_path / "agent.log")
    with running(tmp_path) as agent:
        assert agent.hook("start") == 0
        assert agent.pad.read() == b"T"
        status_code, found = agent.check()
        assert (status_code, found["log"]["failing"]) == (code, True)


@attack(
    "`kesu agent`: runtime folder",
    "a link, open to others, another user's, or below a folder open to all",
    "refused",
    77,
)
@pytest.mark.parametrize("kind", ["link", "open", "foreign", "below"])
def test_the_meeting_place_is_the_users_own(
    tmp_path: Path, code: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tmp_path / "above" / "run"
    where.parent.mkdir(mode=0o700)
    monkeypatch.setenv("KESU_RUNTIME_DIR", str(where))
    if kind == "link":
        (tmp_path / "real").mkdir(mode=0o700)
        where.symlink_to(tmp_path / "real")
    elif kind == "foreign":
        if os.geteuid() != 0:
            monkeypatch.setenv("KESU_RUNTIME_DIR", "/usr")
        else:
            where.mkdir(mode=0o700)
            os.chown(where, 65534, 65534)
    else:
        where.mkdir(mode=0o700)
        (where if kind == "open" else where.parent).chmod(0o777)
    with pytest.raises(KesuError, match="open to others, or not yours") as refused, alone():
        raise AssertionError("the agent would run")
    assert refused.value.code == code


def test_control_a_folder_of_ones_own_below_a_sticky_one_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "above").mkdir()
    (tmp_path / "above").chmod(0o1777)
    monkeypatch.setenv("KESU_RUNTIME_DIR", str(tmp_path / "above" / "run"))
    with alone():
        assert (tmp_path / "above" / "run" / place.LOCK).is_file()


@attack(
    "`kesu agent`: runtime folder",
    "a file or pipe in its place; a link, pipe or folder in place of its lock",
    "refused",
    1,
)
@pytest.mark.parametrize("trap", ["link", "dangling", "pipe", "folder", "pipe for folder", "file for folder"])
def test_the_lock_of_the_agent_is_a_plain_file(tmp_path: Path, victim: Path, code: int, trap: str) -> None:
    where = tmp_path / "run"
    if trap.endswith("for folder"):
        (pipe if trap.startswith("pipe") else hard_link)(where)
    else:
        where.mkdir(mode=0o700)
        TRAPS[trap](where / place.LOCK)
        if trap == "link":
            (where / "victim").write_text(VICTIM)
    done = kesu("agent", environment={"KESU_RUNTIME_DIR": str(where)})
    assert done.returncode == code
    assert "None" not in one_line(done)
    assert untouched(victim)
    assert not (where / "not-there").exists()


@attack("`kesu agent`: runtime folder", "a path too long for a socket", "refused", 1)
def test_a_path_too_long_for_a_socket_is_said(tmp_path: Path, code: int) -> None:
    done = kesu("agent", environment={"KESU_RUNTIME_DIR": str(tmp_path / ("d" * 120))})
    assert done.returncode == code
    assert "path too long" in one_line(done)


@attack("`kesu hook`", "another user listens in the runtime folder", "nothing is sent", 0)
def test_the_hook_speaks_to_nobody_else(tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KESU_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "run" / place.HOOK_SOCKET))
        listener.setblocking(False)
        assert hook.main(["start"]) == code
        assert listener.recv(100).startswith(b"kesu1 start"), (
            "the control: it arrives in a folder of one's own"
        )
        (tmp_path / "run").chmod(0o755)
        assert hook.main(["start"]) == code
        with pytest.raises(BlockingIOError):
            listener.recv(100)


@attack(
    "`kesu agent --check`", "another user answers in the runtime folder", "not believed: no agent runs", 3
)
def test_check_believes_nobody_else(tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    where = tmp_path / "run"
    where.mkdir(mode=0o700)
    monkeypatch.setenv("KESU_RUNTIME_DIR", str(where))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(where / place.STATUS_SOCKET))
        listener.listen(4)

        def lie() -> None:
            channel, _ = listener.accept()
            with channel:
                channel.sendall(b'{"pid": 1, "pads": "all is well"}')

        liar = threading.Thread(target=lie, daemon=True)
        liar.start()
        assert status.ask() == {"pid": 1, "pads": "all is well"}, (
            "the control: in a folder of one's own it would be"
        )
        liar.join(20)
        where.chmod(0o755)
        assert status.ask() is None
        said = CliRunner().invoke(main, ["agent", "--check"])
        assert said.exit_code == code
        assert "No agent of yours is running" in said.output


# MicroSIP's settings, USB strings ------------------------------------------------------------------


@attack("`kesu hook --install`", "link laid at the name it used to write under", "installed, other file kept")
def test_microsip_is_installed_past_a_trap(tmp_path: Path, victim: Path) -> None:
    ini = tmp_path / "microsip.ini"
    ini.write_text("[Settings]\n")
    link(tmp_path / "microsip.ini.kesu-new")
    microsip.install(ini, "kesu")
    assert "cmdCallEnd=kesu hook end" in ini.read_text()
    assert untouched(victim)


@attack("`kesu hook --install`", "a process whose name is no text", "installed")
def test_a_process_whose_name_is_no_text_is_passed_over(tmp_path: Path) -> None:
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
    "a USB device whose serial steers a terminal or a spreadsheet",
    "shown without serial",
)
@pytest.mark.parametrize("serial", ["\x1b[2J\x1b[H", "=HYPERLINK(1)", "日本", "0123", "e66141\n03e7452a"])
def test_a_serial_is_hexadecimal(tmp_path: Path, serial: str) -> None:
    for port, told in (("1-1.1", serial), ("1-1.2", "E6614103E7452A2F")):
        entry = tmp_path / "sys/bus/usb/devices" / port
        entry.mkdir(parents=True)
        shown = {"idVendor": "2e8a", "idProduct": "0005", "busnum": "1", "devnum": "7", "serial": told}
        for name, text in shown.items():
            (entry / name).write_text(text)
        (entry / "descriptors").write_bytes(b"")
    assert [pad.serial for pad in pads(Host(tmp_path, platform="linux"))] == [None, "e6614103e7452a2f"]
