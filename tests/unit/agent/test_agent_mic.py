"""test_agent_mic: the microphone as a source: on Windows a fake of the registry, on Linux what its tools print.

The registry is laid out as mic_windows says. What `pw-dump` and `pactl` print has the fields of PipeWire 1 and
PulseAudio 16, shortened, from their sources and logs of others: neither ran here, nor did Windows.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import contextlib
import json
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kesu.agent import processes
from kesu.agent.calls import Event, Report, SourceView, State
from kesu.agent.config import parse
from kesu.agent.hints import hint
from kesu.agent.merge import PadCalls
from kesu.agent.source import Loss, SourceLost
from kesu.agent.sources import mic, mic_linux, mic_windows
from kesu.agent.sources.mic import MicSource, Seen, program_name
from kesu.common.errors import KesuError

STARTED, STOPPED = 133_000_000_000_000_000, 133_000_000_600_000_000  # FILETIMEs
Times = dict[str, tuple[object, int]]


def times(start: object, stop: object, kind: int = 11) -> Times:
    return {"LastUsedTimeStart": (start, kind), "LastUsedTimeStop": (stop, kind)}


class FakeHive:
    """The part of `winreg` that is used. REG_QWORD is 11; a missing value is FileNotFoundError, the end OSError."""

    HKEY_CURRENT_USER = 0x80000001
    REG_QWORD = 11

    def __init__(self, keys: dict[str, Times]) -> None:
        self.keys = {f"{mic_windows.STORE}\\{name}": values for name, values in keys.items()}
        self.keys.setdefault(f"{mic_windows.STORE}\\NonPackaged", {})

    @contextlib.contextmanager
    def OpenKey(self, below: object, name: str) -> Iterator[str]:
        whole = name if below == self.HKEY_CURRENT_USER else f"{below}\\{name}"
        if not any(key == whole or key.startswith(f"{whole}\\") for key in self.keys):
            raise FileNotFoundError(2, "no such key")
        yield whole

    def EnumKey(self, key: str, index: int) -> str:
        names = sorted(
            {name[len(key) + 1 :].partition("\\")[0] for name in self.keys if name.startswith(f"{key}\\")}
        )
        if index >= len(names):
            raise OSError(259, "no more")
        return names[index]

    def QueryValueEx(self, key: str, name: str) -> tuple[object, int]:
        values = self.keys.get(key, {})
        if name not in values:
            raise FileNotFoundError(2, "no such value")
        return values[name]


PHONE = r"NonPackaged\C:#Program Files#Phone#phone.exe"
TEAMS = "MSTeams_8wekyb3d8bbwe"
OURS = frozenset({"phone", "msteams_8wekyb3d8bbwe"})


@pytest.mark.parametrize(
    ("keys", "runs", "there", "recording"),
    [
        ({PHONE: times(STARTED, 0)}, True, {"phone"}, {"phone"}),
        ({PHONE: times(STARTED, STOPPED)}, True, {"phone"}, set()),
        ({PHONE: times(STARTED, 0)}, False, set(), set()),  # it crashed, and Stop stayed 0
        ({PHONE: times(0, 0)}, True, {"phone"}, set()),
        ({PHONE: {}}, True, {"phone"}, set()),  # the user was asked, and it never recorded
        ({TEAMS: times(STARTED, 0)}, False, {"msteams_8wekyb3d8bbwe"}, {"msteams_8wekyb3d8bbwe"}),
        ({TEAMS: times(STARTED, STOPPED), PHONE: times(STARTED, 0)}, True, OURS, {"phone"}),
        ({r"NonPackaged\C:#Games#game.exe": times(STARTED, 0)}, True, set(), set()),
        ({}, True, set(), set()),
    ],
)
def test_windows(keys: dict[str, Times], runs: bool, there: set[str], recording: set[str]) -> None:
    seen = mic_windows.look(OURS, FakeHive(keys), lambda program: runs)
    assert seen == Seen(frozenset(there), frozenset(recording))


def test_windows_asks_whether_the_program_of_the_key_runs() -> None:
    asked: list[str] = []

    def runs(program: str) -> bool:
        asked.append(program)
        return True

    hive = FakeHive({PHONE: times(STARTED, 0), r"NonPackaged\C:#Games#game.exe": times(STARTED, 0)})
    mic_windows.look(OURS, hive, runs)
    assert asked == ["phone.exe"]


@pytest.mark.parametrize("values", [times("133", 0), times(STARTED, 0, kind=1)])
def test_windows_with_times_of_another_kind(values: Times) -> None:
    with pytest.raises(ValueError, match="FILETIME"):
        mic_windows.look(OURS, FakeHive({PHONE: values}), lambda program: True)


def test_windows_without_the_store() -> None:
    hive = FakeHive({})
    hive.keys.clear()
    with pytest.raises(FileNotFoundError):
        mic_windows.look(OURS, hive, lambda program: True)


def stream(state: object, **names: object) -> dict[str, Any]:
    properties = {"media.class": "Stream/Input/Audio", "node.name": "x"} | {
        name.replace("_", "."): value for name, value in names.items()
    }
    return {"id": 55, "type": "PipeWire:Interface:Node", "info": {"state": state, "props": properties}}


CLIENT = {
    "id": 40,
    "type": "PipeWire:Interface:Client",
    "info": {"props": {"application.process.binary": "linphone"}},
}
OTHERS = [
    {"id": 0, "type": "PipeWire:Interface:Core", "info": {"props": {"application.name": "pipewire"}}},
    {"id": 30, "type": "PipeWire:Interface:Device", "info": None},
    {
        "id": 51,
        "type": "PipeWire:Interface:Node",
        "info": {"state": "running", "props": {"media.class": "Audio/Source"}},
    },
    {
        "id": 56,
        "type": "PipeWire:Interface:Node",
        "info": {
            "state": "running",
            "props": {"media.class": "Stream/Output/Audio", "application.process.binary": "player"},
        },
    },
    CLIENT,
]


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        ([], set()),
        ([stream("running", application_process_binary="/opt/zoom/zoom")], {"zoom"}),
        ([stream("idle", application_process_binary="zoom")], set()),
        ([stream("suspended", application_process_binary="zoom")], set()),
        ([stream("running", application_name="Firefox")], {"firefox"}),
        ([stream("running", client_id=40)], {"linphone"}),
        ([stream("running")], set()),
        ([stream("running", stream_monitor=True, application_name="pavucontrol")], set()),
        ([stream("running", stream_monitor="true", application_name="pavucontrol")], set()),
        (
            [stream("running", application_name="a"), stream("running", application_name="b")],
            {"a", "b"},
        ),
    ],
)
def test_pipewire(nodes: list[Any], found: set[str]) -> None:
    assert mic_linux.of_pipewire(json.dumps([*OTHERS, *nodes]).encode()) == found


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        ([], set()),
        (
            [{"index": 7, "corked": False, "properties": {"application.process.binary": "baresip"}}],
            {"baresip"},
        ),
        ([{"index": 7, "corked": True, "properties": {"application.process.binary": "baresip"}}], set()),
        ([{"index": 8, "corked": False, "properties": {}}], set()),
    ],
)
def test_pulseaudio(outputs: list[Any], found: set[str]) -> None:
    assert mic_linux.of_pulse(json.dumps(outputs).encode()) == found


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[", b"\xff", b"[1]", b'[{"type": "PipeWire:Interface:Node", "info": 3}]']
)
def test_what_pipewire_does_not_write_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"not|Expect|decode|no table"):
        mic_linux.of_pipewire(text)


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[1]", b'[{"corked": "no"}]', b'[{"corked": false, "properties": 3}]']
)
def test_what_pulseaudio_does_not_write_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"not|Expect|without|no table"):
        mic_linux.of_pulse(text)


def test_a_stream_without_a_state_is_refused() -> None:
    with pytest.raises(ValueError, match="state"):
        mic_linux.of_pipewire(json.dumps([stream(None)]).encode())


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a program of a name into the only folder of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(processes, "_seen", {})

    def put(name: str, code: str) -> None:
        path = tmp_path / name
        path.write_text(f"#!{sys.executable}\n{code}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return put


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_linux_asks_the_sound_server_and_the_list_of_processes(tool: Any) -> None:
    own = Path("/proc/self/comm").read_text(encoding="utf-8").strip().lower()
    tool("pactl", "print('[]')")
    assert mic_linux.look(frozenset({own, "phone"})) == Seen(frozenset({own}), frozenset())
    tool("pw-dump", f"print({json.dumps([stream('running', application_name='Phone')])!r})")
    assert mic_linux.look(frozenset({own, "phone"})) == Seen(frozenset({own}), frozenset({"phone"}))


def test_a_sound_server_that_is_gone_or_silent_or_absent(tool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError):
        mic_linux.look(frozenset())
    tool("pw-dump", "raise SystemExit(1)")
    with pytest.raises(ConnectionRefusedError):
        mic_linux.look(frozenset())
    monkeypatch.setattr(mic_linux, "PATIENCE_S", 0.2)
    tool("pw-dump", "import time; time.sleep(600)")
    with pytest.raises(TimeoutError):
        mic_linux.look(frozenset())
    monkeypatch.setattr(mic_linux, "PATIENCE_S", 60.0)
    monkeypatch.setattr(mic_linux, "MOST_BYTES", 10)
    tool("pw-dump", "print('[' + ' ' * 100 + ']')")
    with pytest.raises(ValueError, match="too long"):
        mic_linux.look(frozenset())


def test_programs_are_listed_at_most_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    now = [1000.0]

    def runs(program: str) -> bool:
        asked.append(program)
        return True

    monkeypatch.setattr(processes, "_seen", {})
    monkeypatch.setattr(processes, "is_running", runs)
    monkeypatch.setattr(processes, "time", SimpleNamespace(monotonic=lambda: now[0]))
    for _ in range(3):
        assert processes.is_running_lately("phone")
    assert asked == ["phone"]
    now[0] += processes.LATELY_S
    processes.is_running_lately("phone")
    assert asked == ["phone", "phone"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (r"C:\Program Files\Zoom\Zoom.exe", "zoom"),
        ("Zoom.EXE", "zoom"),
        ("/opt/zoom/zoom", "zoom"),
        ("MSTeams_8wekyb3d8bbwe", "msteams_8wekyb3d8bbwe"),
    ],
)
def test_names_of_programs(path: str, name: str) -> None:
    assert program_name(path) == name


THERE = Seen(frozenset({"phone"}), frozenset())
TALKS = Seen(frozenset({"phone"}), frozenset({"phone", "player"}))
OTHER_TALKS = Seen(frozenset({"phone"}), frozenset({"player"}))
GONE = Seen(frozenset(), frozenset({"player"}))


def played(seen: list[Seen | Exception], settled_s: float = 0.0) -> tuple[list[Event], Loss | None, PadCalls]:
    """Run a source until its answers end; what it reported, why it was lost, and the pad's calls."""
    reports: list[Report] = []
    left = list(seen)

    def look(programs: frozenset[str]) -> Seen:
        assert programs == {"phone"}
        if not left:
            raise KeyboardInterrupt
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    source = MicSource("mic", ["Phone.exe"], settled_s, look)
    loss = None
    try:
        asyncio.run(source.run(reports.append))
    except SourceLost as error:
        loss = error.loss
    except KeyboardInterrupt:
        pass
    calls = PadCalls({"mic": SourceView(source.bounds)})
    for report in reports:
        calls.take("mic", report, time.monotonic())
    return [report.event for report in reports], loss, calls


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mic, "LOOK_S", 0.001)


def test_a_program_that_records_is_in_a_call() -> None:
    events, loss, calls = played([THERE, TALKS, TALKS, THERE, OTHER_TALKS])
    assert events == [Event.ALIVE, Event.START, Event.ALIVE, Event.END, Event.ALIVE]
    assert loss is None
    assert calls.state is State.READY


def test_a_call_that_is_on_when_the_agent_begins_is_seen() -> None:
    assert played([TALKS])[2].state is State.TALK


def test_a_program_that_is_not_there_proves_nothing() -> None:
    """As when its name is misspelt: the pad must not take silence for `no call`."""
    events, loss, calls = played([GONE])
    assert (events, loss) == ([], Loss.NO_SEAT)
    assert calls.state is State.LOST


def test_a_phone_that_ends_in_a_call_is_lost() -> None:
    events, loss, _ = played([TALKS, GONE])
    assert (events, loss) == ([Event.START], Loss.NO_SEAT)


@pytest.mark.parametrize(("error", "loss"), [(ValueError("what is this"), Loss.PROTOCOL)])
def test_an_answer_that_cannot_be_read_is_a_loss(error: Exception, loss: Loss) -> None:
    assert played([TALKS, error])[:2] == ([Event.START], loss)


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionRefusedError(), FileNotFoundError()])
def test_other_errors_end_the_source(error: Exception) -> None:
    with pytest.raises(type(error)):
        played([TALKS, error])


def test_a_microphone_that_is_reopened_does_not_end_the_call() -> None:
    assert played([TALKS, THERE, TALKS, THERE], settled_s=30)[0] == [
        Event.START,
        Event.ALIVE,
        Event.ALIVE,
        Event.ALIVE,
    ]


def test_a_call_at_once_after_another_one_is_seen() -> None:
    events, _, calls = played([TALKS, THERE, TALKS])
    assert events == [Event.START, Event.END, Event.START]
    assert calls.state is State.TALK


def test_the_settings() -> None:
    table: dict[str, Any] = {"pads": {"desk": {}}, "sources": {"mic": {"kind": "mic", "programs": ["zoom"]}}}
    assert parse(table, "x").sources[0].source.bounds.call_s == mic.BOUND_S
    for programs in ([], ["/"], ["x"] * 17, "zoom"):
        table["sources"]["mic"]["programs"] = programs
        with pytest.raises(KesuError, match="programs"):
            parse(table, "x")


def test_a_system_without_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mic, "sys", SimpleNamespace(platform="darwin"))
    with pytest.raises(KesuError, match="Windows and Linux only"):
        parse({"pads": {"desk": {}}, "sources": {"mic": {"kind": "mic", "programs": ["zoom"]}}}, "x")


def test_the_source_is_off_by_default_and_has_hints() -> None:
    from kesu.agent.config import DEFAULT

    assert "mic" not in str(DEFAULT)
    for loss in (Loss.NO_SEAT, Loss.REFUSED, Loss.LOCAL, None):
        assert hint("mic", loss)
