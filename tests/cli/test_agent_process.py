"""test_agent_process: a real `kesu agent`; how each failure ends."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from agent_runs import WITHIN_S, running
from attacks import attack
from kesu.common.errors import Exit


@pytest.mark.slow
def test_hook_and_http_are_merged_into_one_state(tmp_path: Path) -> None:
    with running(tmp_path) as run:
        for word, byte in (("ring", b"R"), ("start", b"T"), ("hold", b"H"), ("end", b"E")):
            assert run.hook(word, "09012345678") == 0
            assert run.pad.read() == byte
        assert run.post("/v1/state/start?call=a") == 204
        assert run.pad.read() == b"T"
        assert run.hook("end") == 0  # of another source: the call continues
        assert run.pad.is_silent()
        assert run.post("/v1/state/wrapup?call=a") == 204
        assert run.post("/v1/state/ready") == 204
        assert run.pad.read(2) == b"WE"
        status, found = run.check()
        assert status == 0
        assert found["pads"][0]["state"] == "ready"
        assert {source["name"]: source["here"] for source in found["sources"]} == {"hook": True, "web": True}
        assert all(source["heard_s_ago"] is not None for source in found["sources"])


@pytest.mark.slow
@attack("`kesu agent`", "a second one of the same user", "refused; the first keeps running", 75)
def test_a_second_agent_is_refused(tmp_path: Path, code: int) -> None:
    with running(tmp_path) as run:
        done = subprocess.run(
            [sys.executable, "-m", "kesu", "agent", "--config", str(tmp_path / "agent.toml")],
            env=run.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == code
        assert "an agent of this user is already running" in done.stderr


@pytest.mark.slow
@attack("`kesu agent`", "SIGTERM, SIGINT, SIGHUP in a call", "pads wiped, sockets gone", 0)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_agent_wipes_before_it_ends(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with running(tmp_path) as run:
        run.hook("start")
        assert run.pad.read() == b"T"
        run.process.send_signal(number)
        assert run.pad.read() == b"K"  # a pty has no DTR: the agent sends K instead
        assert run.process.wait(WITHIN_S) == code
        assert not list((tmp_path / "run").glob("*.sock"))


@attack("`kesu agent`", "the pad is unplugged in a call, and plugged in again", "gets the state again")
def test_a_replugged_pad_gets_the_state_again(tmp_path: Path) -> None:
    with running(tmp_path) as run:
        run.hook("start")
        assert run.pad.read() == b"T"
        run.pad.unplug()
        run.wait_for_event("pad lost")
        run.pad.plug_in()
        assert run.pad.read() == b"T"


@pytest.mark.slow
def test_a_full_disk_wipes_once_and_the_agent_keeps_running(tmp_path: Path) -> None:
    with running(tmp_path, preload=_FULL_DISK) as run:
        run.hook("start")
        assert run.pad.read() == b"T"
        (tmp_path / "full").touch()
        run.hook("hold")
        # The change itself may still be sent before the wipe that the log's failure causes.
        sent = run.pad.read(2)
        assert sent == b"KH" or sent + run.pad.read() == b"HKH"
        run.hook("end")
        assert run.pad.read() == b"E"
        assert run.check()[1]["log"]["failing"]


@pytest.mark.slow
@attack("`kesu agent`", "its event loop hangs", "the line's thread wipes the pad")
def test_a_hung_event_loop_wipes_the_pad(tmp_path: Path) -> None:
    with running(tmp_path, preload=_HANG) as run:
        run.hook("start")
        assert run.pad.read() == b"T"
        (tmp_path / "hang").touch()
        assert run.pad.read() == b"K"


@attack("`kesu agent`", "a part of it crashes", "pads wiped; the agent ends", 70)
def test_a_crash_of_a_part_wipes_and_ends_the_agent(tmp_path: Path, code: int) -> None:
    with running(tmp_path, preload=_CRASH) as run:
        run.hook("start")
        assert run.pad.read() == b"T"
        (tmp_path / "crash").touch()
        assert run.pad.read() == b"K"
        assert run.process.wait(WITHIN_S) == code


def test_the_hook_imports_few_modules() -> None:
    def loaded(*arguments: str) -> set[str]:
        code = (
            "import contextlib, io, sys\nfrom kesu.__main__ import main\n"
            f"sys.argv = ['kesu', *{arguments!r}]\n"
            "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n    main()\n"
            "print(*sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        return set(done.stdout.split())

    slow = {"click", "asyncio", "json", "kesu.cli.commands", "importlib.metadata"}
    assert loaded("hook", "start", "09012345678") & slow == set()
    assert {"click", "kesu.cli.commands"} <= loaded("--version")


def test_the_hook_drops_what_the_phone_appends() -> None:
    for arguments in (("start", "09012345678"), ("09012345678",), ("start", "--help", "09012345678")):
        command = [sys.executable, "-m", "kesu", "hook", *arguments]
        done = subprocess.run(command, check=False, capture_output=True)
        assert done.returncode == (Exit.TRY_AGAIN if arguments[0] == "start" else Exit.USAGE)
        assert b"0901" not in done.stdout + done.stderr


def _at_file(name: str, action: str) -> str:
    """Code that makes the agent's loop run something once a file exists."""
    return f"""
import os, sys, time
import kesu.agent.notify
def alive(self, mark=os.path.join(os.path.dirname(sys.argv[-1]), {name!r})):
    if os.path.exists(mark):
        {action}
kesu.agent.notify.Manager.alive = alive
"""


_HANG = _at_file("hang", "time.sleep(3600)")
_CRASH = _at_file("crash", "raise RuntimeError('09012345678')")
_FULL_DISK = """
import errno, os, sys
import kesu.agent.log
class Full:
    def __getattr__(self, name):
        return getattr(os, name)
    def write(self, descriptor, line):
        if os.path.exists(os.path.join(os.path.dirname(sys.argv[-1]), "full")):
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.write(descriptor, line)
kesu.agent.log.os = Full()
"""
