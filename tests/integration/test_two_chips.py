"""A pad and a rig's guest, wired pin to pin: the rig's planes, BUSY and touch against the pad's own models."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import rig_bench
from kesu.images import toolchain
from kesu.images.toolchain.request import BOARDS, BuiltImage
from kesu.spec.panels import PANELS
from kesu.spec.rig import LINES
from kesu_dev.together.bench import TwoChips
from once import once
from rig_bench import BOOT_MS, STROKES, Report, RigBench, end_call

pytestmark = pytest.mark.slow

PLANES_FILLED_MS = 20.0
"""After power-on: the C hook of the boot has filled both planes."""


@pytest.fixture(scope="session")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guest's ELF."""
    return once(tmp_path_factory, "rig_guest", rig_bench.build)


def boots(image: Path, guest: Path, ms: float = PLANES_FILLED_MS, **options: Any) -> RigBench:
    """The bench some ms after the pad was given power."""
    both = RigBench(image, guest, **options)
    both.plug_in()
    both.run_for(ms)
    return both


def test_planes_of_the_boot_are_the_models(sealed: BuiltImage, guest: Path) -> None:
    both = boots(sealed.uf2, guest)
    assert both.differences() == (0, 0)
    assert not both.complaints
    assert not both.pad.panel.errors
    assert both.panel_line.bytes == both.pad.wiring.spi.bytes_sent > 2 * len(both.pad.panel.bw)


def test_without_resync_the_planes_are_wrong(sealed: BuiltImage, guest: Path) -> None:
    """Control: setting up SPI makes one rising edge of CLK, so each byte is shifted by a bit."""
    both = boots(sealed.uf2, guest, resync=False)
    assert min(both.differences()) > len(both.pad.panel.bw) // 2


def test_bytes_and_edges_are_the_same_to_the_cycle(sealed: BuiltImage, guest: Path) -> None:
    """Edges that PIO knows before their time, and edges that are events of the rig's clock: same memory, same cycle."""
    one, other = (boots(sealed.uf2, guest, ms=2.62, by_edges=by_edges) for by_edges in (False, True))
    for both in (one, other):
        both.rig.mcu.read_uint32(0x5000_0004)  # of a DMA channel: memory has all that PIO has got
    assert one.panel_line.bytes == other.panel_line.bytes > 100
    assert bytes(one.rig.mcu.sram) == bytes(other.rig.mcu.sram)
    assert one.rig.mcu.core.cycles == other.rig.mcu.core.cycles


CLOCKS = [(3, 50_000, 125_000_000), (1, -50_000, 200_000_000)]
MORE_CLOCKS = [
    (phase, ppb, hz) for phase in (0, 2, 5, 7) for ppb in (-100_000, 0) for hz in (125_000_000, 250_000_000)
]


@pytest.mark.parametrize(
    ("phase_ns", "ppb", "clk_sys_hz"),
    [*CLOCKS, *(pytest.param(*clocks, marks=pytest.mark.deep) for clocks in MORE_CLOCKS)],
)
def test_other_clocks(sealed: BuiltImage, guest: Path, phase_ns: int, ppb: int, clk_sys_hz: int) -> None:
    both = boots(sealed.uf2, guest, phase_ns=phase_ns, ppb=ppb, clk_sys_hz=clk_sys_hz)
    assert both.differences() == (0, 0)


def moved(report: Report) -> Report:
    """The same report 8 px to the right, of an FT6336U: registers 01h on, x in 03h and 04h."""
    values = bytearray(report.values)
    x = (values[2] & 0x0F) << 8 | values[3]
    values[2:4] = bytes((values[2] & 0xF0 | x + 8 >> 8, x + 8 & 0xFF))
    return report._replace(values=bytes(values))


def busy_edges(both: RigBench) -> list[tuple[int, bool]]:
    """Of the rig, without those before the pad has power."""
    return [edge for edge in both.busy_of_rig if edge[0] > BOOT_MS * 1e6 + 250_000]


CASES = list(product(BOARDS, PANELS))


@pytest.mark.parametrize(
    ("board", "panel"),
    [CASES[0], *(pytest.param(*case, marks=pytest.mark.deep) for case in CASES[1:])],
)
def test_a_note_by_the_rigs_touch_is_the_note_by_the_models(board: str, panel: str, guest: Path) -> None:
    image = toolchain.ensure("sealed", board=board, panel=panel).uf2
    alone = rig_bench.alone(image, STROKES[panel])
    both = RigBench(image, guest, reports=alone.reports)
    both.start()
    assert both.pad.now_ms == pytest.approx(alone.began_ms, abs=1.0)
    assert both.differences() == (0, 0)
    both.run_for(alone.ended_ms - both.pad.now_ms)
    assert both.differences() == (0, 0)
    assert both.planes() == alone.planes
    assert both.rig.word("reported") == len(alone.reports)
    assert both.touch_line.bytes == both.rig.word("bus_bytes") > 5 * len(alone.reports)
    assert both.pad.host.serial_state.dcd
    end_call(both.pad)
    assert both.differences() == (0, 0)
    assert not both.complaints
    assert not both.pad.panel.errors
    _same_busy(both)


def _same_busy(both: RigBench) -> None:
    """Late by the work of the guest, a step, and a microsecond of its alarm: the driver looks 100 us after a reset."""
    own, models = busy_edges(both), both.busy_of_model
    assert [level for _, level in own] == [level for _, level in models]
    late = [mine[0] - its[0] for mine, its in zip(own, models, strict=True)]
    assert min(late) >= -1_000
    assert max(late) < 20_000
    lengths = [after - before for before, after in zip(late[::2], late[1::2], strict=True)]
    assert max(map(abs, lengths)) < 20_000


@pytest.mark.deep
def test_a_report_that_moves_changes_the_planes(sealed: BuiltImage, guest: Path) -> None:
    """Control: one report of a stroke, 8 px beside."""
    alone = rig_bench.alone(sealed.uf2, STROKES["4in2"])
    alone.reports[20] = moved(alone.reports[20])
    both = RigBench(sealed.uf2, guest, reports=alone.reports)
    both.start()
    both.run_for(alone.ended_ms - both.pad.now_ms)
    assert both.differences() == (0, 0)
    assert both.planes()[0] != alone.planes[0]


def _moments(count: int, seed: int) -> Sequence[float]:
    """Times after power-on within the first fill of the planes, ms."""
    generator = random.Random(f"power cut {seed}")
    return [generator.uniform(2.5, 17.5) for _ in range(count)]


@pytest.mark.parametrize(
    "cut_ms", [_moments(1, 1)[0], *(pytest.param(ms, marks=pytest.mark.deep) for ms in _moments(9, 2))]
)
def test_power_cut_inside_a_plane(sealed: BuiltImage, guest: Path, cut_ms: float) -> None:
    both = boots(sealed.uf2, guest, ms=cut_ms)
    assert both.differences() != (0, 0)
    both.pad.unplug()
    both.run_for(100.0)
    both.plug_in()
    both.run_for(PLANES_FILLED_MS)
    assert both.differences() == (0, 0)
    assert not both.complaints
    assert not both.pad.panel.errors


def drive(both: RigBench, line: str, level: bool | None) -> None:
    """Set a GPIO of the rig as the rig's program would set it: SIO, high, low, or let go."""
    number, mcu = LINES[line].rig, both.rig.mcu
    mcu.write_uint32(0x4001_4004 + 8 * number, 5)
    mcu.write_uint32(0xD000_0014 if level else 0xD000_0018, 1 << number)
    mcu.write_uint32(0xD000_0028 if level is None else 0xD000_0024, 1 << number)


def test_the_rig_switches_power_reset_and_boot_rom(sealed: BuiltImage, guest: Path) -> None:
    both = RigBench(sealed.uf2, guest)
    adc = both.rig.mcu.adc.channel_values
    asked: list[float] = []
    both.supply.on_boot_rom = lambda: asked.append(both.pad.now_ms)
    assert not both.pad.powered
    assert adc[0] == 0
    drive(both, "VBUS", True)
    both.run_for(1.0)
    assert both.pad.powered
    assert both.pad.host.attached
    assert adc[0] > 2_000
    drive(both, "RUN", False)
    both.run_for(5.0)
    held = both.pad.emulator.mcu.core.registers[15]
    both.run_for(5.0)
    assert both.pad.emulator.mcu.core.registers[15] == held
    drive(both, "RUN", None)
    both.run_for(PLANES_FILLED_MS)
    assert both.differences() == (0, 0)
    drive(both, "RUN", False)
    drive(both, "BOOTSEL", False)
    drive(both, "RUN", None)
    sent = both.panel_line.bytes
    both.run_for(PLANES_FILLED_MS)
    assert both.supply.in_boot_rom
    assert asked
    assert both.panel_line.bytes == sent
    drive(both, "VBUS", False)
    both.run_for(1.0)
    assert not both.pad.powered
    assert adc[0] == 0


def test_a_key_is_a_contact(sealed: BuiltImage, guest: Path) -> None:
    both = boots(sealed.uf2, guest, ms=1.0)
    number = LINES["WIPE_KEY"].pad
    assert number is not None
    pin = both.pad.emulator.mcu.gpio[number]
    both.pad.emulator.mcu.write_uint32(0x4001_C004 + 4 * number, 0x4A)  # its pull-up
    assert pin.input_value
    drive(both, "WIPE_KEY", False)
    assert not pin.input_value
    drive(both, "WIPE_KEY", None)
    assert pin.input_value
    assert not both.complaints
    drive(both, "WIPE_KEY", True)
    assert pin.input_value
    assert [one.reason for one in both.complaints] == ["the rig drives a contact high"]


@pytest.mark.parametrize("level", [False, True])
def test_two_drivers_of_the_panels_data_are_reported(sealed: BuiltImage, guest: Path, level: bool) -> None:
    """Whatever the levels are: the pad's port drives its data while it sends nothing, too."""
    both = boots(sealed.uf2, guest)
    assert not both.complaints
    drive(both, "PANEL_MOSI", level)
    assert {(one.line, one.reason) for one in both.complaints} == {("PANEL_MOSI", "both chips drive")}


def test_feeding_a_pad_without_power_is_reported(sealed: BuiltImage, guest: Path) -> None:
    both = RigBench(sealed.uf2, guest)
    drive(both, "PANEL_BUSY", True)
    both.run_for(1.0)
    assert [(one.line, one.reason) for one in both.complaints] == [
        ("PANEL_BUSY", "the rig feeds a pad without power")
    ]


def test_any_image_runs_on_the_rigs_side_with_a_pc(sealed: BuiltImage) -> None:
    """As firmware with USB does: here a pad's own image, which echoes nothing but reports DTR's effect by its bits."""
    both = TwoChips(sealed.uf2, sealed.uf2)
    rig = both.rig.host
    rig.attach()
    both.run_until(lambda: rig.enumerated, 4_000.0)
    assert (
        both.pad.powered
    )  # that image drives GPIO16, its touch chip's reset, and that is the rig's load switch
    rig.set_dtr(True)
    rig.write(b"T")
    both.run_for(200.0)
    assert rig.taken_bytes == 1
    assert both.rig.memory_map is not None
