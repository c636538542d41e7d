"""app_pad: the whole firmware on a board and drivers made of doubles, and the events that tests cause."""
# SPDX-License-Identifier: MIT

import importlib
import sys
import types
from typing import Any

from kesu_pad import callline, events, policy, session

BUSY_MS = {
    "partial": 358, "fast_full": 1140, "power_off": 268,
    "dark": 267, "page": 1070, "probe": 54, "pulse": 54, "turn": 246,
}  # fmt: skip
"""How long BUSY stays high."""
EACH_MS = 2_500
"""A run of at most this length has a turn each millisecond."""


def joined_pad(monkeypatch, ticks, doubles, native):
    """A pad that has started: the whole firmware, with doubles as board, panel, touch chip and sampler."""

    class Board:
        def __init__(self) -> None:
            self.usb_device = doubles.Usb()
            for name in ("wipe_key", "away_key", "mode_key", "hook", "vbus"):
                setattr(self, name, doubles.Pin())
            for name in ("panel_cs", "panel_dc", "panel_rst", "panel_busy", "touch_rst", "touch_int"):
                setattr(self, name, None)
            self.led = doubles.Led()
            self.charge = doubles.Led()
            self.spi_id = 1
            self.i2c = None
            self.feeds = 0
            self.resets = 0
            self.watchdog_ms = 0

        def usb(self):
            return self.usb_device

        def watchdog_start(self, ms: int) -> None:
            self.watchdog_ms = ms

        def watchdog_feed(self) -> None:
            self.feeds += 1

        def reset(self) -> None:
            self.resets += 1

    panel: Any = doubles.Panel
    sampler: Any = doubles.Sampler

    class Panel(panel):
        def __init__(self, _link) -> None:
            super().__init__()
            self.is_busy = False
            self.falls_ms = 0

        def init(self) -> None:
            self.log.append("init")

        def _start(self, name: str) -> None:
            super()._start(name)
            self.falls_ms = ticks.ms + BUSY_MS[name]

        def busy(self) -> bool:
            self.is_busy = self.is_busy and ticks.ms < self.falls_ms
            return self.is_busy

        def finished(self) -> int:
            self.busy()
            return super().finished()

    class Sampler(sampler):
        def __init__(self, _chip, _pin, _sink) -> None:
            super().__init__()
            self.fault = False
            self.taken_ms = 0
            self.waiting: list[tuple[int, int, int, int]] = []

        def count(self) -> int:
            return len(self.waiting)

        def take(self, into) -> int:
            into[0], into[1], self.taken_ms, into[3] = self.waiting.pop(0)
            return 1

    board_module = types.ModuleType("kesu_pad.board")
    board_module.Board = Board  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "kesu_pad.board", board_module)
    micropython = sys.modules["micropython"]
    locks: list[str] = []
    monkeypatch.setattr(micropython, "heap_lock", lambda: locks.append("locked"), raising=False)
    monkeypatch.setattr(native, "spi_write", None, raising=False)
    app = importlib.import_module("kesu_pad.app")
    monkeypatch.setattr(app, "Board", Board)
    monkeypatch.setattr(app.drivers, "Panel", Panel)
    monkeypatch.setattr(app, "Transport", lambda *_pins: None)
    monkeypatch.setattr(app.drivers, "Touch", lambda *_pins: doubles.Touch())
    monkeypatch.setattr(app, "Sampler", Sampler)
    faults = importlib.import_module("kesu_pad.faults")
    keys = importlib.import_module("kesu_pad.keys")
    for module in (app, keys, callline, events, faults):
        monkeypatch.setattr(module, "ticks_ms", ticks.read)

    class Pad:
        def __init__(self) -> None:
            self.module = app
            self.board = Board()
            self.app = app.App(self.board)
            self.locks = locks
            self.app.start()

        @property
        def state(self) -> int:
            return self.app._session.state

        @property
        def bits(self) -> int:
            return self.app._line._bits

        def run(self, ms: int) -> None:
            """One turn each millisecond: waking more often than planned must not change the behaviour. In a longer
            time the pad sleeps as long as it planned, or until BUSY falls, as on a board."""
            end_ms = ticks.ms + ms
            while ticks.ms < end_ms:
                ticks.ms += 1 if ms <= EACH_MS else min(end_ms - ticks.ms, self._sleep_ms())
                self.app.step(ticks.read())

        def _sleep_ms(self) -> int:
            panel = self.app._panel
            return max(
                1, min(self.app._wait_ms, panel.falls_ms - ticks.ms if panel.busy() else self.app._wait_ms)
            )

        def touch(self, x: int, y: int, down: int = 0, ahead_ms: int = 0) -> None:
            self.app._sampler.waiting.append((x, y, ticks.ms + ahead_ms, down))

        def boot(self) -> None:
            self.run(policy.READY_AFTER_MS)
            assert self.state == session.READY

    return Pad()


def say(pad, data: bytes) -> None:
    """Send a packet from the host."""
    pad.app._line._out[: len(data)] = data
    pad.board.usb_device.transferred(0x02, 0, len(data))


def cause_wipe_key(pad) -> None:
    pad.board.wipe_key.move(0)


def cause_away_key(pad) -> None:
    pad.board.away_key.move(0)


def cause_hook(pad) -> None:
    pad.board.hook.move(0)
    pad.run(50)
    assert pad.state == session.WRITING
    pad.board.hook.move(1)


def cause_lost_line(pad) -> None:
    """DTR drops, the bus sleeps, or the host floods the pad: detected in C (native/usb_events.c)."""
    sys.modules["native"].lose()


def cause_ended(pad) -> None:
    say(pad, b"E")


def cause_bus_reset(pad) -> None:
    pad.board.usb_device.reset()


def cause_unplug(pad) -> None:
    pad.board.vbus.move(0)


def press_mode(pad, ms: int) -> None:
    pad.board.mode_key.move(0)
    pad.run(ms)
    pad.board.mode_key.move(1)
    pad.run(30)
