"""entry: the program kesu-agent.exe, which has no console: the agent from log-on, or `hook EVENT` without a window.

Wrong settings do not end it: it writes an event, shows the sign and reads the settings again every minute, so that a
corrected policy needs no new log-on. A failure of the agent is an event, and the agent starts again. The time
between two starts grows, so a permanent failure does not fill the log.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kesu.agent.command import alone, serve
from kesu.agent.config import Config, Language, load
from kesu.agent.service import Agent
from kesu.agent.windows import events
from kesu.agent.windows.events import EventLog, Writer
from kesu.agent.windows.sign import Sign, sign_of
from kesu.agent.windows.tray import Area, Tray
from kesu.common.errors import Exit, KesuError
from kesu.common.version import version

LOOK_S = 0.5
SETTINGS_AGAIN_S = 60.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 300.0
TO_CORRECT = frozenset({Exit.CONFIG, Exit.NO_INPUT, Exit.NO_PERMISSION, Exit.DATA, Exit.CANNOT_CREATE})
"""Exit codes of faults that someone corrects while the agent waits."""


@dataclass
class Desktop:
    """What the entry point needs of the system; tests have fakes.

    writer: None where there is no event log. area: None without a notification area. wait: sleeps that many s, and
    returns True early if the agent is asked to end.
    """

    writer: Writer | None
    area: Callable[[], Area | None]
    ending: threading.Event
    load: Callable[[], Config] = lambda: load(None)
    serve: Callable[..., object] = serve

    def wait(self, seconds: float) -> bool:
        """Sleep; True if the agent is asked to end."""
        return self.ending.wait(seconds)


def run(desktop: Desktop) -> int:
    """Run the agent until it is asked to end. Returns the exit code."""
    log = EventLog(desktop.writer)
    pause = FIRST_PAUSE_S
    try:
        with alone():
            while True:
                try:
                    config = desktop.load()
                    log.write(events.STARTED, version(), config.where)
                    _once(desktop, config, log)
                    return Exit.OK
                except KesuError as error:
                    if error.code not in TO_CORRECT:
                        raise
                    if not _corrected(desktop, error, log):
                        return error.code
                except Exception as error:  # its text may hold data of a call: the place only
                    log.write(events.FAILED, _place(error))
                    if desktop.wait(pause):
                        return Exit.INTERNAL
                    pause = min(LONGEST_PAUSE_S, pause * 2)
    except KesuError as error:
        if error.code is Exit.TRY_AGAIN:
            log.write(events.SECOND)
        else:
            log.write(events.SETTINGS, error.message)
        return error.code


def _corrected(desktop: Desktop, error: KesuError, log: EventLog) -> bool:
    """Wait until the settings can be read; False if the agent is asked to end before that."""
    said = ""
    with _shown(desktop, Language.AUTO, is_shown=True) as tray:
        if tray is not None:
            tray.show(Sign.SETTINGS)
        while True:
            if error.message != said:
                said = error.message
                log.write(events.SETTINGS, said)
            if desktop.wait(SETTINGS_AGAIN_S):
                return False
            try:
                desktop.load()
            except KesuError as found:
                error = found
            else:
                return True


def _once(desktop: Desktop, config: Config, log: EventLog) -> None:
    """One life of the agent. Returns when it was asked to end; raises what made it end otherwise."""
    with _shown(desktop, config.language, is_shown=config.sign) as tray:

        async def beside(agent: Agent, ask_to_end: Callable[[], None]) -> None:
            while True:
                if desktop.ending.is_set():
                    ask_to_end()
                if tray is not None:
                    tray.show(sign_of(agent.pads))
                await asyncio.sleep(LOOK_S)

        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(desktop.serve(config, log.note, beside))  # type: ignore[arg-type]  # a fake may return less


@contextlib.contextmanager
def _shown(desktop: Desktop, language: Language, *, is_shown: bool) -> Iterator[Tray | None]:
    """The sign for as long as this runs; None without one."""
    area = desktop.area() if is_shown else None
    if area is None:
        yield None
        return
    tray = Tray(area, language.value, desktop.ending.set)
    tray.start()
    try:
        yield tray
    finally:
        tray.close()


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "no traceback"
    return f"{type(error).__name__} ({where})"


def main() -> None:
    """The program: `kesu-agent.exe`, `kesu-agent.exe hook EVENT`."""
    _have_streams()
    if sys.argv[1:2] == ["hook"]:
        from kesu.agent import hook

        sys.exit(hook.main(sys.argv[2:]))
    sys.exit(run(_windows()))


def _have_streams() -> None:
    """A program without a console has no stdout and no stderr; what is printed goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # for as long as it runs


def _windows() -> Desktop:
    from kesu.agent.windows.win32_events import Win32Events
    from kesu.agent.windows.win32_restart import restart_after_a_crash
    from kesu.agent.windows.win32_tray import NotificationArea

    writer: Writer | None = None
    with contextlib.suppress(OSError):  # no event log: the agent works all the same
        writer = Win32Events(events.SOURCE)
    restart_after_a_crash()
    return Desktop(writer, NotificationArea, threading.Event())


if __name__ == "__main__":
    main()
