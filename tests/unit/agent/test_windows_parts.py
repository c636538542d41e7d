"""test_windows_parts: event log, sign and entry point of the agent on Windows, with fakes of what Windows offers.

The fakes do what Microsoft documents: ReportEventW fails when the log is full, Shell_NotifyIconW while there is no
taskbar, and a new taskbar has no icons ("Taskbar Creation Notification").
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kesu.agent import config
from kesu.agent.log import Kind, Log, Name
from kesu.agent.source import Loss
from kesu.agent.windows import entry, events
from kesu.agent.windows.entry import Desktop
from kesu.agent.windows.events import EVENTS, EventLog, Severity
from kesu.agent.windows.sign import LONGEST_TIP, TIPS, Sign, icon_resource, picture, sign_of
from kesu.agent.windows.tray import Tray
from kesu.common.errors import Exit, KesuError
from kesu.common.version import version

WITHIN_S = 60.0


class FakeLog:
    """ReportEventW: takes events, or fails as long as the log is full (ERROR_LOG_FILE_FULL)."""

    def __init__(self) -> None:
        self.written: list[tuple[int, int, tuple[str, ...]]] = []
        self.is_full = False

    def report(self, severity: int, identifier: int, strings: Sequence[str]) -> None:
        if self.is_full:
            raise OSError(1502, "The event log file is full.")
        self.written.append((severity, identifier & 0xFFFF, tuple(strings)))

    @property
    def numbers(self) -> list[int]:
        return [number for _, number, _ in self.written]


def test_numbers_and_severities_are_unique_and_as_windows_has_them() -> None:
    assert len({event.number for event in EVENTS}) == len(EVENTS) > 10
    assert all(0 < event.number < 0x10000 for event in EVENTS)
    assert events.PAD_FAULT.identifier == 0xC000000D
    assert events.PAD_LOST.identifier == 0x8000000B
    assert events.STARTED.identifier == 0x40000001
    assert [severity.value for severity in Severity] == [1, 2, 4]
    for event in EVENTS:
        for mark in ("%1", "%2"):
            assert (mark in event.en) == (mark in event.ja)


def test_calls_and_confirmed_wipes_are_no_events() -> None:
    left_out = set(Kind) - events.OF_LOG.keys()
    assert left_out == {Kind.STARTED, Kind.STATE, Kind.PAD_BLANK}
    log = FakeLog()
    noted = EventLog(log)
    for kind in (Kind.STATE, Kind.PAD_BLANK):
        noted.note(kind, {"pad": Name("desk")})
    assert log.written == []
    noted.note(Kind.PAD_FAULT, {"pad": Name("desk")})
    noted.note(Kind.SOURCE_LOST, {"source": Name("hook"), "loss": Loss.CLOSED})
    assert log.written == [(1, 13, ("desk",)), (2, 21, ("hook", "closed"))]


def test_an_event_is_written_where_the_log_file_cannot_be(tmp_path: Path) -> None:
    log, failed = FakeLog(), []
    (tmp_path / "file").write_text("")
    lines = Log(tmp_path / "file" / "agent.log", 65536, lambda: failed.append(1), EventLog(log).note)
    lines.write(Kind.PAD_LOST, pad=Name("desk"))
    assert failed == [1]
    assert log.numbers == [11]


def test_an_hour_has_a_limit_and_says_what_it_left_out() -> None:
    log, now = FakeLog(), [0.0]
    noted = EventLog(log, lambda: now[0])
    for _ in range(events.PER_HOUR + 7):
        noted.write(events.SOURCE_HERE, "hook")
    assert len(log.written) == events.PER_HOUR
    now[0] = 3600.0
    noted.write(events.STOPPED)
    assert log.written[-2:] == [(2, 32, ("7",)), (4, 2, ())]


def test_a_full_log_disturbs_nothing_and_marks_cannot_be_expanded() -> None:
    log, now = FakeLog(), [0.0]
    noted = EventLog(log, lambda: now[0])
    log.is_full = True
    noted.write(events.STOPPED)
    log.is_full = False
    noted.write(events.SETTINGS, "50 %1 %%2 %USER%\0" + "x" * 5000)
    (text,) = log.written[0][2]
    assert text.startswith("50 % 1 % % 2 %USER%x")
    assert len(text) < events.LONGEST + 10
    now[0] = 3600.0
    noted.write(events.STOPPED)
    assert (2, 32, ("1",)) in log.written


def pad(*, connected: bool = True, dtr: bool = True, **bits: bool) -> Any:
    shown = {"note": False, "blank": True, "fault": False} | bits
    return SimpleNamespace(
        line=SimpleNamespace(connected=connected, bits=SimpleNamespace(**shown)),
        calls=SimpleNamespace(dtr=dtr),
    )


@pytest.mark.parametrize(
    ("pads", "sign"),
    [
        ([pad()], Sign.BLANK),
        ([pad(note=True, blank=False)], Sign.NOTE),
        ([pad(note=False, blank=False)], Sign.NOTE),  # a wipe that is not confirmed yet
        ([pad(note=True, blank=True)], Sign.NOTE),
        ([pad(dtr=False)], Sign.LOST),
        ([pad(connected=False)], Sign.LOST),
        ([pad(fault=True)], Sign.FAULT),
        ([pad(fault=True, dtr=False)], Sign.FAULT),
        ([pad(), pad(note=True, blank=False)], Sign.NOTE),
        ([pad(), pad(connected=False), pad(note=True)], Sign.LOST),
        ([], Sign.LOST),
    ],
)
def test_the_sign_shows_the_worst_pad(pads: list[Any], sign: Sign) -> None:
    assert sign_of(pads) is sign


def test_every_sign_has_a_line_in_both_languages_and_a_shape_of_its_own() -> None:
    for tips in TIPS.values():
        assert set(tips) == set(Sign)
        assert all(0 < len(tip) <= LONGEST_TIP for tip in tips.values())
        assert len(set(tips.values())) == len(Sign)
    for size in (16, 20, 24, 32, 48):
        shapes = {sign: picture(sign, size) for sign in Sign}
        assert len({shapes[sign] for sign in (Sign.BLANK, Sign.NOTE, Sign.LOST, Sign.FAULT)}) == 4
        # Not by colour alone: where the pixels are that differ from a blank pad.
        blank = shapes[Sign.BLANK].rows
        marks = {
            frozenset(
                (x, y) for y in range(size) for x in range(size) if shapes[sign].rows[y][x] != blank[y][x]
            )
            for sign in (Sign.NOTE, Sign.LOST, Sign.FAULT)
        }
        assert len(marks) == 3
        assert all(len(mark) >= size for mark in marks)


def test_an_icon_has_the_layout_of_windows() -> None:
    content = icon_resource(picture(Sign.NOTE, 20))
    fields = struct.unpack_from("<IiiHHI", content)
    assert fields == (40, 20, 40, 1, 32, 0)
    assert len(content) == 40 + 20 * 20 * 4 + 20 * 4
    opaque = content[40 : 40 + 1600][3::4]
    mask = content[1640:]
    for y in range(20):
        row = int.from_bytes(mask[4 * y : 4 * y + 4], "big")
        for x in range(20):
            assert bool(row >> 31 - x & 1) == (opaque[20 * y + x] == 0)


class FakeArea:
    """A taskbar: takes icons while it is there; loses them when Explorer starts again."""

    def __init__(self, language: str = "ja") -> None:
        self.language = language
        self.has_taskbar = True
        self.icon: tuple[Sign, str] | None = None
        self.calls: list[tuple[Sign, bool]] = []
        self._work: list[Callable[[], None]] = []
        self._changed = threading.Condition()
        self._closed = False
        self._update: Callable[[bool], None] = lambda is_new: None
        self._asked_to_end: Callable[[], None] = lambda: None

    def run(self, update: Callable[[bool], None], asked_to_end: Callable[[], None], every_s: float) -> None:
        self._update, self._asked_to_end = update, asked_to_end
        update(True)
        with self._changed:
            while not self._closed:
                while self._work:
                    self._work.pop(0)()
                self._changed.wait(WITHIN_S)
        self.icon = None

    def show(self, sign: Sign, tip: str, *, is_new: bool) -> bool:
        self.calls.append((sign, is_new))
        if (
            not self.has_taskbar or (self.icon is None) != is_new
        ):  # NIM_MODIFY needs an icon, NIM_ADD refuses a second
            return False
        self.icon = (sign, tip)
        return True

    def _do(self, work: Callable[[], None]) -> None:
        with self._changed:
            self._work.append(work)
            self._changed.notify_all()

    def wake(self) -> None:
        self._do(lambda: self._update(False))

    tick = wake

    def explorer_restarts(self) -> None:
        def restarted() -> None:
            self.icon = None
            self._update(True)

        self._do(restarted)

    def log_off(self) -> None:
        self._do(self._asked_to_end)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def until(true: Callable[[], bool]) -> None:
    event = threading.Event()
    for _ in range(int(WITHIN_S / 0.01)):
        if true():
            return
        event.wait(0.01)
    raise AssertionError("it never happened")


def test_the_sign_follows_survives_explorer_and_a_late_taskbar() -> None:
    area = FakeArea()
    area.has_taskbar = False
    tray = Tray(area, "auto", lambda: None)
    tray.start()
    until(lambda: area.calls == [(Sign.LOST, True)])
    assert area.icon is None
    area.has_taskbar = True
    area.tick()
    until(lambda: area.icon == (Sign.LOST, TIPS["ja"][Sign.LOST]))
    tray.show(Sign.NOTE)
    until(lambda: area.icon == (Sign.NOTE, TIPS["ja"][Sign.NOTE]))
    before = len(area.calls)
    tray.show(Sign.NOTE)
    area.tick()
    area.explorer_restarts()
    until(lambda: len(area.calls) > before)
    assert area.calls[before:] == [(Sign.NOTE, True)], "nothing was drawn without a change"
    tray.close()
    assert area.icon is None


def test_a_desktop_without_a_taskbar_ends_nothing() -> None:
    class NoDesktop(FakeArea):
        def run(
            self, update: Callable[[bool], None], asked_to_end: Callable[[], None], every_s: float
        ) -> None:
            raise OSError(5, "no desktop")

    tray = Tray(NoDesktop(), "en", lambda: None)
    tray.start()
    tray.show(Sign.NOTE)
    tray.close()


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KESU_RUNTIME_DIR", str(tmp_path / "run"))


class Waits:
    """Desktop.wait without waiting: each call is noted and does the next of `then`."""

    def __init__(self, ending: threading.Event, *then: Callable[[], None]) -> None:
        self.times: list[float] = []
        self._ending = ending
        self._then = list(then)

    def __call__(self, seconds: float) -> bool:
        self.times.append(seconds)
        if self._then:
            self._then.pop(0)()
        else:
            self._ending.set()
        return self._ending.is_set()


def desktop(
    log: FakeLog,
    area: FakeArea | None,
    *,
    load: Callable[[], config.Config],
    serve: Callable[..., Any],
    then: Sequence[Callable[[], None]] = (),
) -> tuple[Desktop, Waits]:
    ending = threading.Event()
    made = Desktop(log, lambda: area, ending, load, serve)
    waits = Waits(ending, *then)
    made.wait = waits  # type: ignore[method-assign]
    return made, waits


def standard() -> config.Config:
    return config.parse(config.DEFAULT, "test")


def test_the_entry_point_runs_the_agent_and_ends_at_log_off() -> None:
    log, area, seen = FakeLog(), FakeArea("en"), []

    async def serve(_: config.Config, noted: Callable[..., None], beside: Callable[..., Any]) -> None:
        stop = asyncio.Event()
        agent = SimpleNamespace(pads=[pad(note=True, blank=False)])
        task = asyncio.create_task(beside(agent, stop.set))
        while area.icon != (Sign.NOTE, TIPS["en"][Sign.NOTE]):
            await asyncio.sleep(0.01)
        seen.append(area.icon)
        noted(Kind.PAD_FOUND, {"pad": Name("desk")})
        area.log_off()
        await asyncio.wait_for(stop.wait(), WITHIN_S)
        task.cancel()
        noted(Kind.STOPPED, {})

    made, _ = desktop(log, area, load=standard, serve=serve)
    assert entry.run(made) == Exit.OK
    assert seen
    assert area.icon is None
    assert log.numbers == [1, 10, 2]
    assert log.written[0][2][1] == "test"


def test_wrong_settings_are_one_event_a_sign_and_another_try_each_minute() -> None:
    log, area, tries = FakeLog(), FakeArea("ja"), []
    messages = iter(["first", "first", "second", ""])

    def load() -> config.Config:
        message = next(messages)
        tries.append(message)
        if message:
            raise KesuError(message, code=Exit.CONFIG)
        return standard()

    shown: list[tuple[Sign, str] | None] = []

    def look() -> None:
        until(lambda: area.icon is not None)
        until(lambda: area.icon == (Sign.SETTINGS, TIPS["ja"][Sign.SETTINGS]))
        shown.append(area.icon)

    async def serve(*_: object) -> None:
        return

    def again() -> config.Config:
        return load() if tries[-1:] != [""] else standard()

    made, waits = desktop(log, area, load=again, serve=serve, then=[look, look, look])
    assert entry.run(made) == Exit.OK
    assert waits.times == [entry.SETTINGS_AGAIN_S] * 3
    assert len(shown) == 3
    assert log.written == [
        (1, 3, ("first",)),
        (1, 3, ("second",)),
        (4, 1, (version(), "test")),
    ]


def test_wrong_settings_do_not_keep_a_log_off_waiting() -> None:
    def load() -> config.Config:
        raise KesuError("wrong", code=Exit.CONFIG)

    made, waits = desktop(FakeLog(), None, load=load, serve=lambda: None)
    assert entry.run(made) == Exit.CONFIG
    assert len(waits.times) == 1


def test_a_failure_is_an_event_without_its_text_and_the_agent_starts_again() -> None:
    log, lives = FakeLog(), []

    async def serve(*_: object) -> None:
        lives.append(1)
        if len(lives) < 4:
            raise ValueError("the number of a caller: 09012345678")

    made, waits = desktop(log, None, load=standard, serve=serve, then=[lambda: None] * 3)
    assert entry.run(made) == Exit.OK
    assert waits.times == [2.0, 4.0, 8.0]
    assert log.numbers == [1, 4, 1, 4, 1, 4, 1]
    assert "09012345678" not in str(log.written)
    assert "test_windows_parts.py, line" in str(log.written)


def test_a_second_agent_ends_with_an_event() -> None:
    log, inner = FakeLog(), FakeLog()
    codes = []

    async def serve(*_: object) -> None:
        other, _waits = desktop(inner, None, load=standard, serve=serve)
        codes.append(await asyncio.to_thread(entry.run, other))

    made, _ = desktop(log, None, load=standard, serve=serve)
    assert entry.run(made) == Exit.OK
    assert codes == [Exit.TRY_AGAIN]
    assert inner.numbers == [5]


def test_without_a_console_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    monkeypatch.setattr("sys.argv", ["kesu-agent", "hook", "nonsense"])
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == Exit.USAGE
