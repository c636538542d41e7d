"""test_attacks_places: links, pipes and others in place of the agent's log, runtime folder and lock."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path

import pytest
from agent_runs import running
from attacks import attack, kesu, one_line
from click.testing import CliRunner
from kesu.agent import hook, place, status
from kesu.agent.command import alone
from kesu.agent.log import Kind, Log
from kesu.cli.commands import main
from kesu.common.errors import Exit, KesuError
from traps import TRAPS, VICTIM, hard_link, pipe, untouched


@attack(
    "`kesu agent`: log",
    "link, hard link, pipe, device or folder in its place",
    "pads wiped once, no log, the other file unchanged",
)
@pytest.mark.parametrize("trap", [*TRAPS, "hard_link"])
def test_the_log_is_not_written_through_a_trap(tmp_path: Path, victim: Path, trap: str) -> None:
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
    "the name for its rotation is a hard link to it, so that it cannot be rotated",
    "pads wiped once, no log",
)
def test_a_log_that_cannot_be_rotated_causes_no_loop(tmp_path: Path) -> None:
    path = tmp_path / "agent.log"
    path.write_bytes(b"x" * 9000)
    path.chmod(0o600)
    failures: list[int] = []
    log = Log(path, 16384, lambda: failures.append(1))
    log.write(Kind.STARTED)
    assert (failures, path.stat().st_size < 9000) == ([], True), "the control: it is rotated"
    log.close()
    path.write_bytes(b"x" * 9000)
    path.with_name("agent.log.1").unlink()
    path.with_name("agent.log.1").hardlink_to(path)
    log.write(Kind.STARTED)
    assert (failures, log.failing) == ([1], True)


@attack("`kesu agent`: log", "an old log that everyone may read", "made private before a line is added")
def test_an_old_log_open_to_others_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "agent.log"
    path.touch()
    path.chmod(0o644)
    Log(path, 65536, lambda: None).write(Kind.STARTED)
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text())["event"] == "started"


@pytest.mark.slow
@attack(
    "`kesu agent`: log",
    "a pipe without a reader in its place",
    "starts, follows calls, `--check` reports it",
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
def test_the_runtime_folder_must_be_private(
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
    with pytest.raises(KesuError, match="other users may write to ") as refused, alone():
        raise AssertionError("the agent would run")
    assert refused.value.code == code


def test_control_a_private_folder_below_a_sticky_one_is_accepted(
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
    Exit.CANNOT_CREATE,
)
@pytest.mark.parametrize("trap", ["link", "dangling", "pipe", "folder", "pipe for folder", "file for folder"])
def test_the_agents_lock_must_be_a_plain_file(tmp_path: Path, victim: Path, code: int, trap: str) -> None:
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


@attack("`kesu agent`: runtime folder", "a path too long for a socket", "refused", Exit.CANNOT_CREATE)
def test_a_path_too_long_for_a_socket_is_said(tmp_path: Path, code: int) -> None:
    done = kesu("agent", environment={"KESU_RUNTIME_DIR": str(tmp_path / ("d" * 120))})
    assert done.returncode == code
    assert "path too long" in one_line(done)


@attack("`kesu hook`", "another user listens in the runtime folder", "nothing is sent", 75)
def test_the_hook_sends_nothing_to_another_user(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KESU_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(tmp_path / "run" / place.HOOK_SOCKET))
        listener.listen(4)
        listener.setblocking(False)
        assert hook.main(["start"]) == code, "no answer says that it was accepted"
        channel, _ = listener.accept()
        with channel:
            assert channel.recv(100).startswith(b"kesu1 start"), "the control: it arrives in a private folder"
        (tmp_path / "run").chmod(0o755)
        assert hook.main(["start"]) == code
        with pytest.raises(BlockingIOError):
            listener.accept()


@attack("`kesu agent --check`", "another user answers in the runtime folder", "ignored: no agent runs", 3)
def test_check_ignores_another_users_answer(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
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
            "the control: an answer in a private folder is accepted"
        )
        liar.join(20)
        where.chmod(0o755)
        assert status.ask() is None
        said = CliRunner().invoke(main, ["agent", "--check"])
        assert said.exit_code == code
        assert "No agent of this user is running" in said.output
