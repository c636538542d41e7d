"""The rig's firmware as the driver of a panel: `kesu rig measure` on the emulated rig and a model at its pins."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import pytest
from kesu.emulator.panel.measured import read_variant
from kesu_dev.rig.image import build_rig
from kesu_dev.rig.link import Rig
from kesu_dev.rig.measure import Panel, measured, table
from panel_on_rig import PanelOnRig

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
