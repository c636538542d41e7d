"""test_matrix_play: the edge of a byte, and a READY that comes too early, on a pad that is not emulated."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from kesu.emulator.board.pad import EmulationTimeout
from kesu.emulator.usb.messages import Notification
from kesu.verify.matrix import play

EDGE_MS = 2_000.0
CLEAN = {"R1": 1.4, "R7": 16.0, "clean": 40.0, "R8": 676.0, "ready": 1_810.0}


def pad_that_said(*messages: tuple[float, int]) -> Any:
    """A pad whose host has received SERIAL_STATE: ms from the edge and bits."""
    notifications = [
        Notification(int((EDGE_MS + at_ms) * 1e6), play.SERIAL_STATE, bytes([bits, 0]))
        for at_ms, bits in messages
    ]
    return SimpleNamespace(host=SimpleNamespace(notifications=notifications))


@pytest.mark.parametrize(
    ("messages", "early"),
    [
        ([(48.0, 0), (1_810.0, 2)], 0),
        ([(8.0, 2), (48.0, 0), (1_810.0, 2)], 1),
        ([(8.0, 3), (300.0, 2), (1_810.0, 2)], 2),
        ([(-500.0, 2), (1_810.0, 2)], 0),
    ],
)
def test_any_dsr_before_the_pad_is_blank_counts_whatever_follows(
    messages: list[tuple[float, int]], early: int
) -> None:
    assert play._ready_too_early(pad_that_said(*messages), EDGE_MS, dict(CLEAN)) == early


def test_every_dsr_is_too_early_on_a_pad_that_is_never_blank() -> None:
    times: dict[str, float | None] = {**CLEAN, "R8": None}
    assert play._ready_too_early(pad_that_said((1_810.0, 2)), EDGE_MS, times) == 1


class Taking:
    """A pad that takes its host's bytes at `takes_ms`."""

    def __init__(self, takes_ms: float) -> None:
        self.now_ms = EDGE_MS
        self._takes_ms = takes_ms
        self.host = SimpleNamespace(queued_bytes=3, taken_bytes=2, taken_ns=[int(1e9)])

    def run_until(self, condition: Callable[[], bool], timeout_ms: float, step_ms: float) -> None:
        for _ in range(int(timeout_ms / step_ms)):
            if condition():
                return
            self.now_ms += step_ms
            if self.now_ms >= self._takes_ms and self.host.taken_bytes == 2:
                self.host.taken_bytes = 3
                self.host.taken_ns.append(int(self._takes_ms * 1e6))
        raise EmulationTimeout("not taken")


def test_a_byte_counts_from_when_the_pad_takes_it() -> None:
    pad = Taking(EDGE_MS + 12.34)
    assert play._taken(cast(Any, pad)) == (EDGE_MS + 12.34, "")


def test_a_byte_that_is_not_taken_is_a_failure() -> None:
    at_ms, why = play._taken(cast(Any, Taking(EDGE_MS + 900.0)))
    assert at_ms >= EDGE_MS + play.TAKEN_BOUND_MS - 1.0
    assert "did not take the byte" in why
