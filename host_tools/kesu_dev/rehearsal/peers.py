"""peers: baresip and SIPp as child processes on loopback, with files in their own folder."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from kesu.common.errors import Exit, KesuError

LOOPBACK = "127.0.0.1"
PATIENCE_S = 300.0
SCENARIOS = Path(__file__).with_name("scenarios")
CALLER = "0398765432"
"""The caller's number, which none of our output may contain."""
MODULES = Path("/usr/lib/baresip/modules")
CALL_ID = f"rehearsal@{LOOPBACK}"

_BARESIP_CONFIG = """\
sip_listen {host}:{sip}
net_interface {host}
rtp_ports {rtp}-{rtp_last}
call_local_timeout 120
call_max_calls 4
audio_player aufile,{folder}/heard.wav
audio_source ausine,440
audio_alert ausine,440
ausrc_srate 48000
auplay_srate 8000
module_path {modules}
module g711.so
module ausine.so
module aufile.so
module cons.so
cons_listen {host}:{console}
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {host}:{control}
"""
_ACCOUNT = "<sip:seat@{host}:{sip}>;regint=0;answermode=manual;audio_codecs=pcmu\n"


class PeerTrouble(KesuError):
    """A real peer failed: the rehearsal has no result."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=Exit.UNAVAILABLE)


def programs() -> list[str]:
    """The missing programs that a rehearsal needs."""
    return [name for name in ("baresip", "sipp", "dbus-daemon") if shutil.which(name) is None]


def wait_until(condition: Callable[[], bool], what: str, within_s: float = PATIENCE_S) -> None:
    """Wait in real time for a condition. Raises PeerTrouble with `what` on a timeout."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() >= deadline:
            raise PeerTrouble(f"{what}: not within {within_s:g} s")
        time.sleep(0.01)


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A free port of loopback."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


class Baresip:
    """The operator's softphone. The agent uses its control port; the rehearsal uses its UDP console."""

    def __init__(self, folder: Path) -> None:
        self.sip, self.control = free_port(socket.SOCK_DGRAM), free_port()
        self._console = free_port(socket.SOCK_DGRAM)
        rtp = free_port(socket.SOCK_DGRAM) & ~1
        folder.mkdir()
        names = {
            "host": LOOPBACK, "sip": self.sip, "rtp": rtp, "rtp_last": rtp + 20, "folder": folder,
            "modules": MODULES, "console": self._console, "control": self.control,
        }  # fmt: skip
        (folder / "config").write_text(_BARESIP_CONFIG.format(**names), encoding="utf-8")
        (folder / "accounts").write_text(_ACCOUNT.format(**names), encoding="utf-8")
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                ["baresip", "-4", "-f", str(folder)],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        # A core file would hold the call.
        resource.prlimit(self.process.pid, resource.RLIMIT_CORE, (0, 0))
        wait_until(lambda: b"baresip is ready" in self._log.read_bytes(), "baresip is ready")

    @property
    def crashed(self) -> str:
        """The signal that ended it by a fault of its own, or nothing."""
        code = self.process.poll()
        return "" if code is None or code >= 0 or code == -signal.SIGKILL else signal.Signals(-code).name

    def say(self, command: str) -> None:
        """Send one of baresip's long commands, such as "accept" or "hangup"."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.sendto(f"/{command}\n".encode(), (LOOPBACK, self._console))

    def close(self) -> None:
        """Kill it."""
        end(self.process)


class Caller:
    """SIPp, playing one scenario once."""

    def __init__(self, folder: Path, scenario: str, callee: int) -> None:
        self._port = free_port(socket.SOCK_DGRAM)
        self._trace = folder / "messages.log"
        folder.mkdir()
        self.process = subprocess.Popen(
            [
                "sipp", "-sf", str(SCENARIOS / f"{scenario}.xml"), f"{LOOPBACK}:{callee}", "-i", LOOPBACK,
                "-p", str(self._port), "-s", CALLER, "-m", "1", "-nostdin", "-cid_str", CALL_ID,
                "-trace_msg", "-message_file", str(self._trace), "-timeout", "120",
            ],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def now(self) -> None:
        """Make the scenario continue: an INFO with the Call-ID, by which SIPp identifies its calls."""
        lines = (
            f"INFO sip:{CALLER}@{LOOPBACK}:{self._port} SIP/2.0",
            f"Via: SIP/2.0/UDP {LOOPBACK}:9;branch=z9hG4bKnow",
            f"From: <sip:rehearsal@{LOOPBACK}>;tag=1",
            f"To: <sip:{CALLER}@{LOOPBACK}>;tag=2",
            f"Call-ID: {CALL_ID}",
            "CSeq: 1 INFO",
            "Content-Length: 0",
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.sendto("\r\n".join((*lines, "", "")).encode(), (LOOPBACK, self._port))

    def seen(self, method: str) -> float | None:
        """When that request was first sent, in seconds since the epoch; None before."""
        found = re.search(
            r"^-+ (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6})\nUDP message [^\n]*\n\n" + method + " ",
            self._trace.read_text(encoding="utf-8") if self._trace.exists() else "",
            re.MULTILINE,
        )
        return None if found is None else datetime.fromisoformat(found[1]).timestamp()

    def close(self) -> None:
        """Kill it."""
        end(self.process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a child, stopped or not, and wait for it."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE_S)
