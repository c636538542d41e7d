"""What a rig measures on a panel is what that panel does: on the models, with each variant; and the models read it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from kesu.common.errors import Exit, KesuError
from kesu.emulator.panel.measured import read_variant
from kesu.emulator.panel.panels import module
from kesu.emulator.panel.ssd16xx_update import Chip
from kesu.spec.panels import PANELS
from kesu.spec.rig import LINES
from kesu_dev.rig import light
from kesu_dev.rig.link import Rig
from kesu_dev.rig.measure import Measured, Panel, measured, table
from kesu_dev.rig.protocol import Answer
from manual_clock import ManualClock

LOOK_NS = 100_000


class ModelRig:
    """A rig that drives a model instead of a panel, request by request (docs/hil/rig.md)."""

    def __init__(self, film: str) -> None:
        self.clock = ManualClock()
        self.module = module(film, self.clock, 25.0, 1)
        self.panel = self.module.panel
        self.driving = False
        self.panel.set_cs(False)
        self.does: dict[str, Callable[..., Answer]] = {
            "reset": self._reset,
            "send": self._send,
            "fill": self._fill,
            "fetch": self._fetch,
            "run": self._run,
            "levels": self._levels,
            "adc": self._adc,
        }

    def ask(self, line: str, seconds: float = 0.0) -> Answer:
        verb, *words = line.split()
        if verb == "drive":
            self.driving = words[0] == "on"
            return Answer("")
        assert self.driving
        return self.does[verb](*words)

    def _reset(self, us: str) -> Answer:
        self.panel.set_rst(False)
        self.clock.advance(int(us) * 1_000)
        self.panel.set_rst(True)
        self.clock.advance(200_000)
        return Answer("")

    def _send(self, op: str, data: str = "") -> Answer:
        self.panel.set_dc(False)
        self.panel.transfer(int(op))
        self.panel.set_dc(True)
        self.panel.transfer_block(bytes.fromhex(data))
        return Answer("")

    def _fill(self, op: str, count: str, byte: str) -> Answer:
        return self._send(op, bytes((int(byte),)).hex() * int(count))

    def _fetch(self, op: str, count: str) -> Answer:
        self._send(op)
        return Answer("", bytes(self.panel.transfer(0) for _ in range(int(count))))

    def _run(self, op: str, limit_us: str) -> Answer:
        begin = self.clock.now_ns
        self._send(op)
        rise = fall = 0
        while self.clock.now_ns - begin < int(limit_us) * 1_000:
            self.clock.advance(LOOK_NS)
            if self.panel.busy:
                rise = rise or (self.clock.now_ns - begin) // 1_000
            elif rise:
                fall = (self.clock.now_ns - begin) // 1_000
                break
        return Answer(f"rise_us={rise} fall_us={fall}")

    def _levels(self) -> Answer:
        return Answer(f"{self.panel.busy << LINES['PANEL_BUSY'].rig:08x}")

    def _adc(self, _channel: str, count: str) -> Answer:
        code = round(float(self.module.glass.picture().mean()) * 10)
        return Answer(f"sum={code * int(count)} count={count} least={code} most={code}")


def _found(rig: ModelRig, film: str, photodiode: bool = False) -> Measured:
    return measured(Panel(cast(Rig, rig), film), lambda text: None, photodiode)


@pytest.mark.parametrize("film", PANELS)
@pytest.mark.parametrize("swaps", [False, True])
def test_exchanged_planes_differ_from_kept_ones(film: str, swaps: bool) -> None:
    rig = ModelRig(film)
    rig.panel.swaps_planes = swaps
    found = _found(rig, film)
    assert (found.swaps_planes, found.keeps_ram, found.aborts) == (swaps, True, True)
    assert not rig.driving


@pytest.mark.parametrize("overhead_us", [6_000, 40_000, 85_000])
def test_overhead_is_what_the_chip_takes(overhead_us: int) -> None:
    rig = ModelRig("4in2")
    rig.panel.chip = Chip(overhead_ns=overhead_us * 1_000)
    found = _found(rig, "4in2")
    assert found.overhead_us is not None
    assert abs(found.overhead_us - overhead_us) < 1_000


def test_a_panel_that_cannot_be_read_gives_no_answer() -> None:
    rig = ModelRig("4in2")
    rig.does["fetch"] = lambda op, count: Answer("", bytes(int(count)))
    found = _found(rig, "4in2")
    assert (found.swaps_planes, found.keeps_ram) == (None, None)
    assert "# swaps_planes: not measured" in table(found, "abc", "2026-12-01")


@pytest.mark.slow
def test_light_falls_with_each_pulse() -> None:
    found = _found(ModelRig("4in2"), "4in2", photodiode=True).light
    assert found["white"] > found["after 4 frames"] > found["after 16 frames"]
    assert found["white"] > found["black"]
    assert abs(found["white again"] - found["white"]) < 50


def test_residue_is_a_part_of_black_and_white() -> None:
    codes = {"white": 3_000, "black": 1_000, "white, partial": 2_900, "white, full": 2_996}
    assert light.thousandths(codes) == {"by a partial refresh": 50, "by a full refresh": 2}
    assert light.thousandths({}) == {}
    text = table(Measured("4in2", light=codes), "abc", "2026-12-01")
    assert tomllib.loads(text)["residue_thousandths"] == {"by a partial refresh": 50, "by a full refresh": 2}


@pytest.mark.parametrize("swaps", [False, True])
def test_the_model_reads_the_table(tmp_path: Path, swaps: bool) -> None:
    path = tmp_path / "measured.toml"
    path.write_text(
        table(Measured("4in2", swaps, True, True, {"full": 1}, 50_000), "abc", "2026-12-01"), encoding="utf-8"
    )
    variant = read_variant(path)
    panel = module("4in2", ManualClock(), 25.0, 1).panel
    variant.fit(panel)
    assert (panel.swaps_planes, panel.chip.overhead_ns) == (swaps, 50_000_000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("format = 2", "format"),
        ('format = 1\nfilm = "5in"', "film"),
        ('format = 1\nfilm = "4in2"\nkeeps_ram = false', "no such variant"),
        ('format = 1\nfilm = "4in2"\nswaps_planes = 1', "swaps_planes"),
        ('format = 1\nfilm = "4in2"\noverhead_us = 1', "no variant"),
    ],
)
def test_a_table_that_no_model_fits_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "measured.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KesuError, match=words) as refused:
        read_variant(path)
    assert refused.value.code == Exit.DATA
