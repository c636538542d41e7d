"""test_pen: the pen's position follows its speed at every scan, and it is up between strokes."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.touch.ft6336u import Ft6336u
from kesu.emulator.touch.pen import Pen, path_lengths, point_at
from manual_clock import ManualClock


class Desk:
    """A pen on a started chip at 100 reports a second, and every report's (ms, x, y)."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.touch = Ft6336u(self.clock, width=400, height=300, lift_report=0.0)
        self.pen = Pen(self.touch, self.clock)
        self.seen: list[tuple[float, int, int]] = []
        self.touch.on_int = self._int
        self.clock.advance_ms(300)
        self.touch.i2c_start(0x38, False)
        self.touch.i2c_write(0x88)
        self.touch.i2c_write(100)
        self.start_ms = self.clock.now_ns / NS_PER_MS

    def _int(self, level: bool) -> None:
        if not level:
            r = self.touch.registers
            now_ms = self.clock.now_ns / NS_PER_MS - self.start_ms
            self.seen.append((now_ms, (r[3] & 15) << 8 | r[4], (r[5] & 15) << 8 | r[6]))


def test_position_follows_the_speed() -> None:
    desk = Desk()
    total = desk.pen.write([[(100.0, 50.0), (300.0, 50.0)]], 400.0)
    assert total == pytest.approx(500)
    desk.clock.advance_ms(600)
    assert len(desk.seen) == 49
    for at_ms, x, y in desk.seen:
        assert x == pytest.approx(100 + 0.4 * at_ms, abs=0.51)
        assert y == 50
    assert not desk.pen.down


def test_pen_is_up_between_strokes() -> None:
    desk = Desk()
    total = desk.pen.write([[(10, 10), (50, 10)], [(10, 80), (50, 80)]], 400.0, pause_ms=80, delay_ms=20)
    assert total == pytest.approx(20 + 100 + 80 + 100)
    desk.clock.advance_ms(total + 50)
    times = [at_ms for at_ms, _, _ in desk.seen]
    assert min(times) == pytest.approx(30)
    assert not [at_ms for at_ms in times if 120 <= at_ms <= 200]
    assert {y for _, _, y in desk.seen} == {10, 80}


def test_a_dot_is_reported() -> None:
    desk = Desk()
    desk.pen.write([[(33.0, 44.0)]], 400.0)
    desk.clock.advance_ms(100)
    assert desk.seen
    assert {(x, y) for _, x, y in desk.seen} == {(33, 44)}


def test_stop_lifts_the_pen() -> None:
    desk = Desk()
    desk.pen.write([[(0, 0), (399, 0)], [(0, 9), (399, 9)]], 200.0)
    desk.clock.advance_ms(200)
    assert desk.pen.down
    count = len(desk.seen)
    assert count > 10
    desk.pen.stop()
    desk.clock.advance_ms(5_000)
    assert len(desk.seen) == count
    assert not desk.pen.down


def test_path_geometry() -> None:
    path = [(0.0, 0.0), (3.0, 4.0), (3.0, 4.0), (3.0, 14.0)]
    assert path_lengths(path) == [0, 5, 5, 15]
    assert point_at(path, path_lengths(path), 2.5) == (1.5, 2.0)
    assert point_at(path, path_lengths(path), 10) == (3.0, 9.0)
    assert point_at(path, path_lengths(path), 99) == (3.0, 14.0)


@pytest.mark.parametrize(("strokes", "speed"), [([[(0.0, 0.0)]], 0.0), ([[]], 100.0)])
def test_invalid_hand_parameters_are_refused(strokes: list[list[tuple[float, float]]], speed: float) -> None:
    desk = Desk()
    with pytest.raises(ValueError, match=r"speed|no points"):
        desk.pen.write(strokes, speed)
