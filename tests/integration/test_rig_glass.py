"""What the rig recorded, played to a model, gives the glass that the pad's own model has, at each step of a note."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import numpy as np
import pytest
from kesu.images.toolchain import ensure
from kesu.spec.call_line import ENDED
from kesu_dev.rig.image import build_rig
from kesu_dev.rig_verify import pad_clock
from kesu_dev.rig_verify.bench import EmulatedBench
from kesu_dev.rig_verify.glass import Replay

pytestmark = [pytest.mark.slow, pytest.mark.long]

BOOTED_S, INK_S, HALTED_US = 3.0, 2.5, 60_000
LIKE = 0.02
"""Of 1: commands reach the replay some us later than the model, and a pixel moves by less than this in that time."""
STROKES = [[(60.0, 60.0), (120.0, 90.0), (90.0, 110.0)], [(200.0, 60.0), (260.0, 80.0)]]


def _differs(bench: EmulatedBench, replay: Replay, since_us: int) -> float:
    """Most by which a pixel of the replay's glass differs from that of the pad's model."""
    rig = bench.actions.rig
    replay.fetch()
    replay.note_stops(pad_clock.halts(bench, since_us))
    replay.run_to(rig.now_us())
    return float(np.abs(replay.glass.reflectance - bench.pad.glass.reflectance).max())


@pytest.mark.parametrize(
    ("board", "panel"), [("pico", "4in2"), pytest.param("pico2", "2in9", marks=pytest.mark.deep)]
)
def test_the_replayed_glass_is_the_models(board: str, panel: str) -> None:
    bench = EmulatedBench(ensure("sealed", board=board, panel=panel), build_rig().uf2, 5)
    replay, since_us = bench.replay, bench.actions.rig.now_us()
    bench.wait(BOOTED_S)
    bench.line(True)
    bench.wait(BOOTED_S)
    assert _differs(bench, replay, since_us) < LIKE
    blank = replay.glass.reflectance.copy()
    bench.actions.write(STROKES, 300.0)
    bench.wait(INK_S)
    assert _differs(bench, replay, since_us) < LIKE
    assert np.abs(replay.glass.reflectance - blank).max() > 0.5, "no ink to compare"
    bench.send(ENDED)
    for _ in range(3):  # in the middle of the wipe
        bench.wait(0.3)
        assert _differs(bench, replay, since_us) < LIKE
    bench.actions.halt_at(bench.actions.rig.now_us() + 20_000, HALTED_US)
    bench.wait(2.0)
    assert _differs(bench, replay, since_us) < LIKE
    assert replay.tokens > 100


def test_a_lost_command_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Presence: without one activation the replayed glass is another one."""
    bench = EmulatedBench(ensure("sealed"), build_rig().uf2, 5)
    replay, since_us = bench.replay, bench.actions.rig.now_us()
    bench.wait(BOOTED_S)
    replay.fetch()
    activations = [at for at, token in enumerate(replay._waiting) if (token.kind, token.value) == (1, 0x20)]
    del replay._waiting[activations[-2]]
    assert _differs(bench, replay, since_us) > 5 * LIKE
