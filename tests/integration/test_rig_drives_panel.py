"""The rig's firmware as the driver of a panel: `kesu rig measure` on the emulated rig and a model at its pins."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import pytest
from kesu.emulator.panel.measured import read_variant
from kesu_dev.rig import light
from kesu_dev.rig.image import build_rig
from kesu_dev.rig.link import Rig
from kesu_dev.rig.measure import Panel, measured, table
from kesu_dev.rig.protocol import RigError
from panel_on_rig import CODES, DARK_V, LIGHT_V, REFERENCE_V, PanelOnRig

LATE_US = 1_500
"""Of BUSY's edges as the rig sees them by polling, both together."""


@pytest.mark.slow
def test_planes_written_by_the_rig_are_read_back(tmp_path: Path) -> None:
    bench = PanelOnRig(build_rig().uf2, "4in2")
    panel = Panel(Rig(bench), "4in2")
    with panel.driven():
        panel.begin()
        panel.window()
        panel.send(0x24, "123456789a")
        assert bytes(bench.panel.bw[:5]).hex() == "123456789a"
        assert panel.plane(0, 5).hex() == "123456789a"
        bench.panel.bw[2] ^= 0xFF
        assert panel.plane(0, 5).hex() == "1234a9789a", "what is read is what the panel holds"
    assert bench.bytes_read >= 10


@pytest.mark.slow
@pytest.mark.deep
@pytest.mark.parametrize(("film", "swaps"), [("4in2", True), ("2in9", False)])
def test_the_measuring_program_finds_what_the_panel_does(film: str, swaps: bool, tmp_path: Path) -> None:
    bench = PanelOnRig(build_rig().uf2, film)
    bench.panel.swaps_planes = swaps
    found = measured(Panel(Rig(bench), film), lambda text: None, False)
    assert (found.swaps_planes, found.keeps_ram, found.aborts) == (swaps, True, True)
    assert found.overhead_us is not None
    assert abs(found.overhead_us - bench.panel.chip.overhead_ns / 1_000) < LATE_US
    path = tmp_path / "measured.toml"
    path.write_text(table(found, "emulated", "2026-12-01"), encoding="utf-8")
    assert read_variant(path).swaps_planes is swaps


class Looked(dict[str, int]):
    """Codes by step, and what the model's glass had under the photodiode then."""

    def __init__(self, bench: PanelOnRig) -> None:
        super().__init__()
        self._bench = bench
        self.spots: dict[str, float] = {}

    def __setitem__(self, step: str, code: int) -> None:
        super().__setitem__(step, code)
        self.spots[step] = self._bench.spot()


@pytest.mark.slow
@pytest.mark.parametrize("film", ["4in2", pytest.param("2in9", marks=pytest.mark.deep)])
def test_the_photodiode_sees_the_residue_of_the_glass(film: str) -> None:
    bench = PanelOnRig(build_rig().uf2, film)
    panel, looked = Panel(Rig(bench), film), Looked(bench)
    with panel.driven():
        light.residue(panel, looked)
    for step, spot in looked.spots.items():
        assert looked[step] == pytest.approx(
            (DARK_V + (LIGHT_V - DARK_V) * spot) / REFERENCE_V * CODES, abs=2
        )
    white, span = looked.spots["white"], looked.spots["white"] - looked.spots["black"]
    for name, value in light.thousandths(looked).items():
        assert value == pytest.approx(1_000 * (white - looked.spots[light.UNDER[name]]) / span, abs=2)
    # The partial waveform of the 2.9" panel leaves the film whiter than the page around it.
    assert abs(light.thousandths(looked)["by a partial refresh"]) > 3, "no residue to see"


@pytest.mark.slow
def test_pulses_darken_what_the_photodiode_sees() -> None:
    bench = PanelOnRig(build_rig().uf2, "4in2")
    panel, looked = Panel(Rig(bench), "4in2"), Looked(bench)
    with panel.driven():
        light.ladder(panel, looked, pulses=6)
    codes = list(looked.values())
    assert codes[:-1] == sorted(codes[:-1], reverse=True)
    assert codes[0] - codes[-2] > light.LEAST_SPAN
    assert codes[-1] > codes[0]


@pytest.mark.slow
def test_a_photodiode_that_sees_nothing_is_an_error() -> None:
    bench = PanelOnRig(build_rig().uf2, "4in2")
    panel = Panel(Rig(bench), "4in2")
    bench.panel.on_busy = bench._pins["PANEL_BUSY"].set_input_value
    with panel.driven(), pytest.raises(RigError, match="on white and"):
        light.residue(panel, {})
