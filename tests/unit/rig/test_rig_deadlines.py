"""Deadlines on a rig: their edge is a time of the pad's timer, whatever both crystals do and however long it takes."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from itertools import pairwise
from typing import cast

import pytest
from kesu.verify.scenes.scenario import Policy
from kesu_dev.rig.protocol import Kind, Note, RigError
from kesu_dev.rig_verify import pad_clock
from kesu_dev.rig_verify.bench import Bench
from kesu_dev.rig_verify.causes import BEFORE_S, Causes

HALT_US, ASK_US = 400_000, 900
IDLE_MS, AGE_MS, WRAP_MS = 180_000.0, 900_000.0, 90_000.0


class Wires:
    """A rig's clock, a pad's timer that is faster by ppm and stands still in halts, and what the rig was asked.
    skips: whether a rest sets the pad's timer forward, as on emulated chips."""

    def __init__(self, ppm: int, skips: bool) -> None:
        self.rig_us, self.ppm, self.skips = 7_000_000, ppm, skips
        self.halted_us = self.skipped_us = 0
        self.notes: list[Note] = []
        self.touched: list[int] = []
        self.sent: list[tuple[int, bytes]] = []
        self.pen_us = 5_000_000, 6_500_000
        self.note = True
        self.actions = self.rig = self

    def pad_at(self, rig_us: int) -> int:
        return round((rig_us - self.halted_us) * (1 + self.ppm / 1e6)) + self.skipped_us + 123_456

    def now_us(self) -> int:
        self.rig_us += ASK_US
        return self.rig_us

    def log(self) -> list[Note]:
        return self.notes

    def look(self) -> int:
        begin, pad_us = self.rig_us, self.pad_at(self.rig_us)
        self.rig_us += HALT_US
        self.halted_us += HALT_US
        for us, level in ((begin, 1), (self.rig_us, 0)):
            self.notes.append(Note(us & 0xFFFF_FFFF, Kind.HALT, level))
        return pad_us

    def wait(self, seconds: float) -> None:
        self.rig_us += round(seconds * 1e6)

    def rest(self, seconds: float) -> float:
        skipped = float(max(0, int(seconds - 3.0))) if self.skips else 0.0
        self.skipped_us += round(skipped * 1e6)
        self.wait(max(0.0, seconds - skipped))
        return skipped

    def bits(self) -> tuple[bool, bool]:
        return True, self.note

    def touch_at(self, at_us: int, x: int, y: int) -> None:
        self.touched.append(self.pad_at(at_us))

    def send(self, data: bytes) -> None:
        self.sent.append((self.rig_us, data))


def _causes(wires: Wires) -> tuple[Causes, pad_clock.Sample]:
    policy = Policy(IDLE_MS, AGE_MS, 1_800.0, wrap_up_ms=WRAP_MS)
    bench = cast(Bench, wires)
    return Causes(bench, "4in2", policy, wires.look), pad_clock.sample(bench, wires.look)


CLOCKS = pytest.mark.parametrize(("ppm", "skips"), [(0, False), (60, False), (-60, False), (60, True)])


@CLOCKS
@pytest.mark.parametrize(("name", "pen", "lasts_ms"), [("idle", 1, IDLE_MS), ("maximum age", 0, AGE_MS)])
def test_the_edge_is_a_tick_before_the_pads_deadline(
    name: str, pen: int, lasts_ms: float, ppm: int, skips: bool
) -> None:
    wires = Wires(ppm, skips)
    began_us = wires.pad_at(wires.pen_us[pen])
    causes, written = _causes(wires)
    edge = causes.edge(name, written)
    assert edge.by_pc is None
    assert wires.pad_at(edge.at_us) == pytest.approx(began_us + lasts_ms * 1_000 - 1_000, abs=300)
    assert 0.5 < (edge.at_us - wires.rig_us) / 1e6 <= BEFORE_S + 0.2


@CLOCKS
def test_the_pen_returns_before_each_end_of_the_idle_time(ppm: int, skips: bool) -> None:
    wires = Wires(ppm, skips)
    last_us = wires.pad_at(wires.pen_us[1])
    causes, written = _causes(wires)
    edge = causes.edge("maximum age", written)
    times = [last_us, *wires.touched, wires.pad_at(edge.at_us)]
    assert len(wires.touched) >= 4
    assert max(later - sooner for sooner, later in pairwise(times)) < IDLE_MS * 1_000


def test_after_call_work_ends_so_long_after_its_byte() -> None:
    wires = Wires(40, False)
    causes, written = _causes(wires)
    edge = causes.edge("byte W", written)
    ((sent_us, data),) = wires.sent
    assert data == b"W"
    begin_us = round((sent_us - HALT_US) * (1 + 40e-6)) + 123_456
    assert wires.pad_at(edge.at_us) == pytest.approx(begin_us + WRAP_MS * 1_000 - 1_000, abs=2_500)


def test_a_crystal_alone_would_miss_the_bound() -> None:
    """Presence: counted by the rig's clock alone, the deadline is off by more than R1's 5 ms."""
    wires = Wires(60, False)
    causes, written = _causes(wires)
    edge = causes.edge("idle", written)
    by_rig = wires.pen_us[1] + wires.halted_us + IDLE_MS * 1_000
    assert abs(by_rig - edge.at_us) > 5_000


def test_a_note_that_is_gone_too_soon_is_an_error() -> None:
    wires = Wires(0, False)
    causes, written = _causes(wires)
    wires.note = False
    with pytest.raises(RigError, match="gone before"):
        causes.edge("idle", written)
