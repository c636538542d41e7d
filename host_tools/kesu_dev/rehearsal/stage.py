"""stage: sets up pad, softphone, agent and caller for one call, and always tears them down."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kesu.emulator.board.pad import VirtualPad
from kesu.verify.search.measure import Blank

from kesu_dev.rehearsal.pad_side import PadSide
from kesu_dev.rehearsal.peers import Baresip, Caller, PeerTrouble, end, wait_until
from kesu_dev.rehearsal.proxy import Proxy

_CONFIG = """\
[log]
path = "{folder}/agent.log"
states = true
[pads.desk]
port = "{url}"
blank_within_s = 120  # the emulated pad draws more slowly than a real one
[sources.phone]
kind = "baresip"
port = {control}
"""
_SEAT = """\
[sources.seat]
kind = "seat"
session = "1"
"""


@dataclass
class Stage:
    """The programs of one call. `began_s`: seconds since the epoch when the end was triggered."""

    folder: Path
    pad: PadSide
    phone: Baresip
    proxy: Proxy
    agent: subprocess.Popen[bytes]
    desktop: subprocess.Popen[bytes] | None
    caller: Caller | None = None
    began_s: float = 0.0
    seen: list[str] = field(default_factory=list)

    def call(self, scenario: str) -> None:
        """Make SIPp call, and wait until the state reaches the pad."""
        self.caller = Caller(self.folder / "caller", scenario, self.phone.sip)
        self.wait_for("R")

    def answer(self) -> None:
        """Make baresip answer, and wait until the state reaches the pad."""
        self.phone.say("accept")
        self.wait_for("T")

    def wait_for(self, what: str) -> None:
        """Wait until `what` reaches the pad."""

        def arrived() -> bool:
            self.seen = self.pad.ask("state")[2]
            if self.agent.poll() is not None:
                raise PeerTrouble("the agent has ended")
            return what in self.seen

        wait_until(arrived, f"the pad receives {what}")

    def at_once(self) -> None:
        """Note the time of the cause of the end."""
        self.began_s = time.time()


@contextmanager
def set_up(folder: Path, pad: VirtualPad, reference: Blank, *, lockable: bool = False) -> Iterator[Stage]:
    """A stage without a call: the agent holds the line, and the pad is blank.

    lockable: a private D-Bus with a fake logind replaces the desktop, and the agent watches it.
    """
    desktop = _desktop(folder) if lockable else None
    side = PadSide(pad, reference)
    phone = Baresip(folder / "baresip")
    proxy = Proxy(phone.control)
    agent = _agent(folder, side.url, proxy.port, desktop)
    stage = Stage(folder, side, phone, proxy, agent, desktop)
    try:
        wait_until(lambda: _blank(stage), "the agent holds the line and the pad is blank")
        yield stage
    finally:
        if stage.caller is not None:
            stage.caller.close()
        end(agent)
        phone.close()
        proxy.close()
        side.close()
        if desktop is not None:
            # At the end of its input it stops its bus; killed, it would leave the bus running.
            desktop.communicate(timeout=30)


def _blank(stage: Stage) -> bool:
    dtr, dsr, happened = stage.pad.ask("state")
    if stage.agent.poll() is not None:
        raise PeerTrouble("the agent has ended")
    return bool(dtr and dsr and "E" in happened)


def _agent(
    folder: Path, url: str, control: int, desktop: subprocess.Popen[bytes] | None
) -> subprocess.Popen[bytes]:
    configuration = folder / "agent.toml"
    text = _CONFIG.format(folder=folder, url=url, control=control)
    environment = {**os.environ, "KESU_RUNTIME_DIR": str(folder / "run")}
    if desktop is not None and desktop.stdout is not None:
        text += _SEAT
        environment["DBUS_SYSTEM_BUS_ADDRESS"] = desktop.stdout.readline().decode().strip()
    configuration.write_text(text, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "kesu", "agent", "--config", str(configuration)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "agent.err").open("wb"),
    )


def _desktop(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "kesu_dev.rehearsal.desktop", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
