"""test_agent_seat: lock, sleep and log-out; on Linux with a fake logind, on Windows with a fake window."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_logind import MANAGER, SESSION, logind
from kesu.agent.calls import Event, Report
from kesu.agent.source import Loss, SourceLost
from kesu.agent.sources import logind as logind_source
from kesu.agent.sources import wts
from kesu.agent.sources.logind import LogindSource
from kesu.agent.sources.wts import WM_ENDSESSION, WM_POWERBROADCAST, WM_TIMER, WM_WTSSESSION_CHANGE, WtsSource

needs_dbus = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="no dbus-daemon")


class Heard:
    """The reports of a source, in order."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event] = asyncio.Queue()

    def __call__(self, report: Report) -> None:
        self._queue.put_nowait(report.event)

    async def says(self, expected: Event) -> bool:
        """Whether the last report is this one, with nothing after it for a moment; earlier reports are ignored."""
        said: Event | None = None
        async with asyncio.timeout(60):
            while True:
                try:
                    said = await asyncio.wait_for(self._queue.get(), 0.15)
                except TimeoutError:
                    if said is expected:
                        return True


async def ends(descriptor: int, within_s: float = 60.0) -> bool:
    """Whether the other end of a pipe is closed within that time."""
    os.set_blocking(descriptor, False)
    for _ in range(round(within_s / 0.05)):
        try:
            return os.read(descriptor, 1) == b""
        except BlockingIOError:
            await asyncio.sleep(0.05)
    return False


@pytest.mark.slow
@needs_dbus
def test_linux_session_events_become_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_SESSION_ID", raising=False)

    async def run() -> None:
        async with logind(tmp_path) as (fake, daemon):
            heard = Heard()
            task = asyncio.create_task(LogindSource("seat", "auto").run(heard))
            assert await heard.says(Event.UNLOCK)
            acts: tuple[tuple[Callable[[], None], Event], ...] = (
                (lambda: fake.lock("Lock"), Event.LOCK),
                (lambda: fake.lock("Unlock"), Event.UNLOCK),
                (lambda: fake.change("LockedHint", True), Event.LOCK),
                (lambda: fake.sleep(True), Event.LOCK),
            )
            for act, said in acts:
                act()
                assert await heard.says(said)
            fake.let_go()
            assert await ends(fake.inhibitors[0])  # closed: the PC may sleep
            fake.sleep(False)
            assert await heard.says(Event.LOCK)  # awake, but still locked
            assert len(fake.inhibitors) == 2
            fake.let_go()
            assert not await ends(fake.inhibitors[1], within_s=0.7)  # a new inhibitor
            for act, said in (
                (lambda: fake.change("LockedHint", False), Event.UNLOCK),
                (lambda: fake.change("Active", False), Event.LOCK),
                (lambda: fake.change("Active", True), Event.UNLOCK),
                (lambda: fake.remove(SESSION), Event.LOCK),
            ):
                act()
                assert await heard.says(said)
            daemon.kill()
            with pytest.raises(SourceLost) as caught:
                await asyncio.wait_for(task, 60)
            assert caught.value.loss is Loss.CLOSED

    asyncio.run(run())


@needs_dbus
def test_linux_heartbeat_and_another_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logind_source, "HEARTBEAT_S", 0.1)

    async def run() -> None:
        async with logind(tmp_path, inhibit=False) as (fake, _):
            heard: list[Event] = []
            task = asyncio.create_task(
                LogindSource("seat", "2").run(lambda report: heard.append(report.event))
            )
            while len(heard) < 10:
                await asyncio.sleep(0.05)
            fake.remove(f"{MANAGER}/session/other")
            fake.signal(f"{MANAGER}/session/other", "org.freedesktop.login1.Session", "Lock")
            await asyncio.sleep(0.3)
            assert set(heard) == {Event.UNLOCK}
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())


@needs_dbus
def test_linux_without_a_session_or_a_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_SESSION_ID", raising=False)

    async def run() -> None:
        async with logind(tmp_path, display=False):
            with pytest.raises(SourceLost) as caught:
                await LogindSource("seat", "auto").run(Heard())
            assert caught.value.loss is Loss.REFUSED
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nothing")
        with pytest.raises(SourceLost) as caught:
            await LogindSource("seat", "auto").run(Heard())
        assert caught.value.loss is Loss.REFUSED

    asyncio.run(run())


class FakeWindow:
    """Posts messages as Windows would, from its own thread, until closed."""

    def __init__(self) -> None:
        self._closed = threading.Event()
        self.hear: wts.Hear | None = None

    def run(self, hear: wts.Hear, every_s: float) -> None:
        self.hear = hear
        hear(WM_TIMER, 1)
        self._closed.wait(60)

    def close(self) -> None:
        self._closed.set()


def test_windows_session_events_become_reports() -> None:
    async def run() -> None:
        heard, window = Heard(), FakeWindow()
        task = asyncio.create_task(WtsSource("seat", lambda: window).run(heard))
        assert await heard.says(Event.UNLOCK)
        assert window.hear is not None
        for message, parameter, said in (
            (WM_WTSSESSION_CHANGE, 0x7, Event.LOCK),
            (WM_POWERBROADCAST, 0x4, Event.LOCK),
            (WM_POWERBROADCAST, 0x7, Event.LOCK),  # awake, but still locked
            (WM_WTSSESSION_CHANGE, 0x8, Event.UNLOCK),
            (WM_WTSSESSION_CHANGE, 0x4, Event.LOCK),
            (WM_WTSSESSION_CHANGE, 0x3, Event.UNLOCK),
            (WM_ENDSESSION, 0x1, Event.LOCK),
            (WM_TIMER, 0x1, Event.LOCK),
        ):
            window.hear(message, parameter)
            assert await heard.says(said)
        window.close()
        with pytest.raises(SourceLost):
            await asyncio.wait_for(task, 60)

    asyncio.run(run())


def test_a_window_without_messages_proves_nothing() -> None:
    class Deaf(FakeWindow):
        def run(self, hear: wts.Hear, every_s: float) -> None:
            self.hear = hear
            self._closed.wait(60)

    async def run() -> None:
        heard: list[Event] = []
        window = Deaf()
        task = asyncio.create_task(
            WtsSource("seat", lambda: window).run(lambda report: heard.append(report.event))
        )
        while window.hear is None:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        assert heard == []
        window.hear(WM_TIMER, 1)
        while not heard:
            await asyncio.sleep(0.01)
        window.close()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(run(), 60))


def test_windows_without_a_window() -> None:
    class NoWindow(FakeWindow):
        def run(self, hear: wts.Hear, every_s: float) -> None:
            raise OSError(5, "no desktop")

    async def run() -> None:
        with pytest.raises(SourceLost):
            await asyncio.wait_for(WtsSource("seat", NoWindow).run(Heard()), 60)

    asyncio.run(run())
