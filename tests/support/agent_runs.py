"""agent_runs: a real `kesu agent` process with a pad's end of a pty, for tests."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import tty
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

WITHIN_S = 60.0  # this time passes only when something is broken


def free_port() -> int:
    """A free TCP port on loopback: two runs on one machine must not share one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PadEnd:
    """The pad's end of a pty. The agent finds it behind a link, so it can be unplugged and plugged in."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.is_worth_waiting: Callable[[], bool] = lambda: True
        self.received = b""
        self.plug_in()

    def plug_in(self) -> None:
        """A new pty behind the link."""
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        """Hang up."""
        self.link.unlink()
        os.close(self._slave)
        os.close(self.master)

    def read(self, count: int = 1) -> bytes:
        """The next `count` bytes, or fewer if they do not come."""
        end = time.monotonic() + WITHIN_S
        found = b""
        while len(found) < count and time.monotonic() < end and self.is_worth_waiting():
            if select.select([self.master], [], [], 0.1)[0]:
                found += os.read(self.master, count - len(found))
        self.received += found
        return found

    def is_silent(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes within that time."""
        return not select.select([self.master], [], [], seconds)[0]


class AgentRun:
    """A running agent, its pad, and calls to its sources."""

    def __init__(
        self,
        folder: Path,
        preload: str = "",
        more: str = "",
        line: str = "",
        *,
        runtime: Path | None = None,
        log: Path | None = None,
        desk: str = "",
        prefix: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.pad = PadEnd(folder / "pad")
        self.log = log or folder / "agent.log"
        configuration = folder / "agent.toml"
        configuration.write_text(
            f'[log]\npath = "{self.log}"\nstates = true\n'
            f'[pads.desk]\nport = "{line or self.pad.link}"\n{desk}'
            f'[sources.hook]\nkind = "hook"\n'
            f'[sources.web]\nkind = "http"\nport = {self.port}\ntoken = "{folder}/token"\n'
            f"per_second = 1000\nsilent_s = 3600\n"
            + ("" if "silent_in_call_s" in more else "silent_in_call_s = 7200\n")
            + more,
            encoding="utf-8",
        )
        self.environment = {**os.environ, "KESU_RUNTIME_DIR": str(runtime or folder / "run")}
        code = (
            f"{preload}\nimport sys\nfrom kesu.cli.commands import main\nmain(sys.argv[1:], prog_name='kesu')"
        )
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", code, "agent", "--config", str(configuration)],
            env=self.environment,
        )
        self.pad.is_worth_waiting = lambda: self.process.poll() is None or not self.pad.is_silent()

    def hook(self, *arguments: str, whole_s: float = WITHIN_S) -> int:
        """Run `kesu hook`, which gives the agent that many seconds instead of one; its exit status."""
        code = (
            f"from kesu.agent import hook\nhook.WHOLE_S = {whole_s}\nfrom kesu.__main__ import main\nmain()"
        )
        command = [sys.executable, "-c", code, "hook", *arguments]
        return subprocess.run(command, env=self.environment, check=False).returncode

    def post(self, target: str, *, headers: dict[str, str] | None = None, body: bytes = b"") -> int:
        """POST with the token; the status."""
        token = (self.folder / "token").read_text().strip()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{target}",
            data=body,
            method="POST",
            headers={"Authorization": f"Bearer {token}", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=WITHIN_S) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def prove(self) -> None:
        """Make both sources prove that they see the seat, as a phone and a bridge do."""
        end = time.monotonic() + WITHIN_S
        while self.hook("alive", whole_s=5.0) != 0 or self._is_bridge_away():
            assert time.monotonic() < end, "the agent accepts no events"
            assert self.process.poll() is None, "the agent has ended"
            time.sleep(0.05)

    def _is_bridge_away(self) -> bool:
        try:
            return self.post("/v1/state/alive") != 204
        except OSError:
            return True

    def check(self) -> tuple[int, dict[str, Any]]:
        """Status and JSON of `kesu agent --check --json`."""
        command = [sys.executable, "-m", "kesu", "agent", "--check", "--json"]
        done = subprocess.run(command, env=self.environment, check=False, capture_output=True)
        return done.returncode, json.loads(done.stdout)

    def events(self) -> list[str]:
        """The events of the log, in order."""
        return [json.loads(line)["event"] for line in self.log.read_text().splitlines()]

    def wait_for_check(self, true: Callable[[dict[str, Any]], bool]) -> int:
        """Wait until `--check` shows it; return its status. AssertionError if it does not come."""
        end = time.monotonic() + WITHIN_S
        while True:
            status, found = self.check()
            if found["pid"] is not None and true(found):
                return status
            assert time.monotonic() < end, found

    def wait_for_event(self, name: str) -> None:
        """Wait until the log has it. AssertionError if it does not come."""
        end = time.monotonic() + WITHIN_S
        while name not in self.events():
            assert time.monotonic() < end, f"no {name} in the log"
            time.sleep(0.05)


@contextlib.contextmanager
def running(
    folder: Path, preload: str = "", more: str = "", line: str = "", *, ready: bool = True, **what: Any
) -> Iterator[AgentRun]:
    """An agent whose sources are proved and whose pad is READY. Killed at the end if it still runs. line: in
    place of the pty.

    ready: False for one that is not to get so far. what: as AgentRun takes.
    """
    run = AgentRun(folder, preload, more, line, **what)
    try:
        if ready:
            run.prove()
        assert line or not ready or run.pad.read() == b"E"
        yield run
    finally:
        if run.process.poll() is None:
            run.process.send_signal(signal.SIGKILL)
        run.process.wait()
