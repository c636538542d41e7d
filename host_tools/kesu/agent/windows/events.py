"""events: what the agent writes to the Windows event log, and how much of it.

IT collects the event log, so it has what someone should look at: starts, faults, lost pads and sources, wrong settings.
It never has a state of a call nor a confirmed wipe: with their times these are a list of calls. An event has a fixed
number, and its strings are names from the configuration or a message about a setting; the words around them, in
English and Japanese, are in kesu-messages.dll, which kesu_dev.distribution.message_file makes from EVENTS.

learn.microsoft.com, "Reporting Events": the number selects a text of the message file that the registry names for the
source, and %1 and so on in it are the strings of the event. "Event Identifiers": the two highest bits are the severity.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from kesu.agent.log import Kind, Value

SOURCE = "Kesu Agent"
"""Name of the source in the Application log; the installer registers it."""
LONGEST = 1024
"""Characters of one string. ReportEventW takes at most 31,839."""
PER_HOUR = 60
"""Events in an hour: a source that comes and goes may not fill the log."""
_MARK = re.compile(r"%(?=[0-9%])")


class Severity(Enum):
    """wType of ReportEventW, and the two highest bits of the number."""

    ERROR = 1
    WARNING = 2
    INFORMATION = 4

    @property
    def bits(self) -> int:
        """STATUS_SEVERITY_* of ntstatus.h, in bits 30 and 31."""
        return {Severity.INFORMATION: 1, Severity.WARNING: 2, Severity.ERROR: 3}[self] << 30


@dataclass(frozen=True)
class Event:
    """One kind of event: its number as the viewer shows it, and the texts of the message file."""

    number: int
    severity: Severity
    en: str
    ja: str

    @property
    def identifier(self) -> int:
        """dwEventID: number and severity."""
        return self.severity.bits | self.number


_INFORMATION, _WARNING, _ERROR = Severity.INFORMATION, Severity.WARNING, Severity.ERROR

STARTED = Event(
    1,
    _INFORMATION,
    "The agent %1 has started. Settings: %2.",
    "連携エージェント %1 が起動しました。設定: %2。",
)
STOPPED = Event(2, _INFORMATION, "The agent has stopped.", "連携エージェントが停止しました。")
SETTINGS = Event(
    3,
    _ERROR,
    "The agent does not run, because its settings are wrong: %1 Pads depend on their keys and time limits. The agent"
    " reads the settings again every minute.",
    "設定に誤りがあるため、連携エージェントは動作していません: %1 パッドはキーと制限時間だけで消去します。"
    "設定は1分ごとに読み直します。",
)
FAILED = Event(
    4,
    _ERROR,
    "The agent has failed and starts again: %1.",
    "連携エージェントに障害が起き、再起動します: %1。",
)
SECOND = Event(
    5,
    _WARNING,
    "An agent of this user is already running; this one ends.",
    "このユーザーの連携エージェントはすでに動作しています。こちらは終了します。",
)
PAD_FOUND = Event(10, _INFORMATION, "Pad %1 is connected.", "パッド %1 が接続されました。")
PAD_LOST = Event(11, _WARNING, "Pad %1 is not connected.", "パッド %1 の接続が切れました。")
PAD_NOT_BLANK = Event(
    12,
    _ERROR,
    "Pad %1 did not confirm a wipe in time. The agent has dropped its line, which wipes, too.",
    "パッド %1 が時間内に消去を確認しませんでした。接続を下げました(これでも消去されます)。",
)
PAD_FAULT = Event(13, _ERROR, "Pad %1 reports a fault.", "パッド %1 が故障を通知しました。")
PAD_SPOKE = Event(
    14,
    _ERROR,
    "Pad %1 sent data: it has no sealed image. Remove it from the desk.",
    "パッド %1 がデータを送信しました。封印済みのイメージではありません。席から外してください。",
)
SOURCE_HERE = Event(20, _INFORMATION, "Source %1 sees its seat.", "ソース %1 が席を確認しました。")
SOURCE_LOST = Event(
    21,
    _WARNING,
    "Source %1 is lost (%2). The pad's line is down, and the pad was wiped.",
    "ソース %1 が失われました(%2)。接続を下げ、パッドを消去しました。",
)
STALLED = Event(
    30,
    _ERROR,
    "The agent hung; the line of pad %1 was dropped.",
    "連携エージェントが停滞し、パッド %1 の接続を下げました。",
)
LOG_LOST = Event(
    31,
    _WARNING,
    "The agent's log file could not be written; %1 lines are lost.",
    "連携エージェントのログファイルに書けず、%1 行が失われました。",
)
LEFT_OUT = Event(
    32,
    _WARNING,
    "%1 events were left out, because there were too many in an hour. The agent's log file has them.",
    "1時間のイベントが多すぎたため、%1 件を省きました。連携エージェントのログファイルにあります。",
)

EVENTS: tuple[Event, ...] = tuple(one for one in list(globals().values()) if isinstance(one, Event))
OF_LOG: dict[Kind, tuple[Event, tuple[str, ...]]] = {
    Kind.STOPPED: (STOPPED, ()),
    Kind.PAD_FOUND: (PAD_FOUND, ("pad",)),
    Kind.PAD_LOST: (PAD_LOST, ("pad",)),
    Kind.PAD_NOT_BLANK: (PAD_NOT_BLANK, ("pad",)),
    Kind.PAD_FAULT: (PAD_FAULT, ("pad",)),
    Kind.PAD_SPOKE: (PAD_SPOKE, ("pad",)),
    Kind.SOURCE_HERE: (SOURCE_HERE, ("source",)),
    Kind.SOURCE_LOST: (SOURCE_LOST, ("source", "loss")),
    Kind.STALLED: (STALLED, ("pad",)),
    Kind.LOG_LOST: (LOG_LOST, ("lines",)),
}
"""What of the agent's log is also an event, with the fields that are its strings. The rest is about calls, except the
start, which the entry point writes with more words."""


class Writer(Protocol):
    """The event log: `kesu.agent.windows.win32_events` on Windows, a fake in tests."""

    def report(self, severity: int, identifier: int, strings: Sequence[str]) -> None:
        """ReportEventW. OSError if the log takes nothing (it is full, or the service is stopped)."""
        ...


class EventLog:
    """Writes events within the limit. A log that takes nothing never disturbs the agent."""

    def __init__(self, writer: Writer | None, now: Callable[[], float] = time.monotonic) -> None:
        """writer: None where there is no event log."""
        self._writer = writer
        self._now = now
        self._hour_began = now()
        self._written = 0
        self._left_out = 0

    def note(self, kind: Kind, fields: Mapping[str, Value]) -> None:
        """Write a line of the agent's log as an event, if it is one."""
        if kind in OF_LOG:
            event, names = OF_LOG[kind]
            self.write(event, *(_word(fields[name]) for name in names))

    def write(self, event: Event, *strings: str) -> None:
        """Write one event."""
        now = self._now()
        if now - self._hour_began >= 3600:
            self._hour_began, self._written = now, 0
            if self._left_out:
                left_out, self._left_out = self._left_out, 0
                self._report(LEFT_OUT, str(left_out))
        if self._written >= PER_HOUR:
            self._left_out += 1
            return
        self._written += 1
        self._report(event, *strings)

    def _report(self, event: Event, *strings: str) -> None:
        if self._writer is None:
            return
        # The viewer expands "%1" and "%%1" in a string, too (ReportEventW, lpStrings).
        safe = [_MARK.sub("% ", string[:LONGEST]).replace("\0", "") for string in strings]
        try:
            self._writer.report(event.severity.value, event.identifier, safe)
        except OSError:
            self._left_out += 1


def _word(value: Value) -> str:
    return str(value.value) if isinstance(value, Enum) else str(value)
