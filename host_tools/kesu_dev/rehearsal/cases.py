"""cases: every way in which a call may end, as actions on a stage."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass

from kesu_dev.rehearsal.stage import Stage


@dataclass(frozen=True)
class Case:
    """One way a call ends.

    scenario: SIPp's. answered: whether baresip answers before the note is written. cause: triggers the end.
    request: the SIP request from which time is measured; "" to measure from the cause itself. wiped_by: the byte
    or line change expected at the pad. lockable: needs the desktop's lock.
    """

    name: str
    scenario: str
    cause: Callable[[Stage], None]
    wiped_by: str
    answered: bool = True
    request: str = ""
    lockable: bool = False


def _caller(stage: Stage) -> None:
    if stage.caller is not None:
        stage.caller.now()


def _hang_up(stage: Stage) -> None:
    stage.phone.say("hangup")


def _kill_phone(stage: Stage) -> None:
    stage.phone.process.kill()


def _stop_phone(stage: Stage) -> None:
    stage.phone.process.send_signal(signal.SIGSTOP)


def _kill_agent(stage: Stage) -> None:
    stage.agent.kill()


def _stop_agent(stage: Stage) -> None:
    stage.agent.terminate()


def _cut(stage: Stage) -> None:
    stage.proxy.cut()


def _lock(stage: Stage) -> None:
    desktop = stage.desktop
    if desktop is not None and desktop.stdin is not None:
        desktop.stdin.write(b"lock\n")
        desktop.stdin.flush()


CASES: tuple[Case, ...] = (
    Case("caller hangs up first", "caller-ends", _caller, "E", request="BYE"),
    Case("callee hangs up first", "callee-ends", _hang_up, "E", request="BYE"),
    Case("busy: declined while it rings", "declined", _hang_up, "E", answered=False, request="ACK"),
    Case("no answer: the caller gives up", "caller-gives-up", _caller, "E", answered=False, request="CANCEL"),
    Case("baresip killed", "caller-ends", _kill_phone, "DTR off"),
    Case("baresip hangs (SIGSTOP)", "caller-ends", _stop_phone, "DTR off"),
    Case("network to baresip cut", "caller-ends", _cut, "DTR off"),
    Case("agent killed (SIGKILL)", "caller-ends", _kill_agent, "DTR off"),
    Case("agent ended (SIGTERM)", "caller-ends", _stop_agent, "DTR off"),
    Case("PC locked", "caller-ends", _lock, "K", lockable=True),
)
