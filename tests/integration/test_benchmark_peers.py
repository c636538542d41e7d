"""test_benchmark_peers: a foreign driver runs on the pad, and its transfers are measured."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from kesu.common.errors import KesuError
from kesu.emulator.board.pad import VirtualPad
from kesu.images import toolchain
from kesu.images.toolchain.request import BuiltImage
from kesu_dev.benchmarks.peers import measure_driver, measure_ours
from kesu_dev.benchmarks.recipes import Recipe
from kesu_dev.benchmarks.sending import Wire

pytestmark = pytest.mark.slow

DRIVER = Path(__file__).with_name("guests") / "slow_driver.py"
FRAME_BYTES = 16 * 16
RECIPE = Recipe(
    file=DRIVER.name,
    repository="",
    commit="",
    licence="MIT",
    panel="2in9",
    setup="panel = Panel()",
    full="panel.byte_by_byte()",
    partial="panel.in_a_block()",
    needs={"palette": "palette.py"},
)


@pytest.fixture(scope="module")
def console_image() -> Path:
    """An image with a console: the service image, which other tests build too."""
    return toolchain.ensure("service").uf2


def test_a_frame_sent_byte_by_byte_leaves_the_bus_idle(console_image: Path) -> None:
    slow, block = measure_driver(RECIPE, DRIVER, console_image)
    # 24h, the frame, 22h with its parameter, 20h.
    assert slow.sent == block.sent == FRAME_BYTES + 4
    assert (slow.waveform, block.waveform) == ("full", "partial")
    assert slow.errors == block.errors == 0
    assert slow.wire_use < 0.2
    assert block.wire_use > 0.5
    assert slow.on_wire_ms > 3 * block.on_wire_ms
    assert slow.to_trigger_ms >= slow.on_wire_ms
    assert block.longest_gap_us > 0


def test_an_exception_of_a_driver_is_reported_in_one_line(console_image: Path) -> None:
    with pytest.raises(KesuError, match="NameError"):
        measure_driver(replace(RECIPE, setup="Nothing()"), DRIVER, console_image)


def test_a_frame_that_is_not_sent_gives_no_figure(sealed: BuiltImage) -> None:
    pad = VirtualPad(sealed.uf2)
    with pytest.raises(KesuError, match="No frame was sent"):
        Wire(pad).take("full", pad.clock.now_ns)


def test_an_image_without_a_console_is_refused(sealed: BuiltImage) -> None:
    with pytest.raises(KesuError, match="console"):
        measure_driver(RECIPE, DRIVER, sealed.uf2)


def test_frames_of_the_firmware_are_measured(sealed: BuiltImage) -> None:
    stroke, wipe = measure_ours(sealed.uf2)
    assert (stroke.waveform, wipe.waveform) == ("custom", "custom")
    assert 0 < stroke.sent < wipe.sent
    assert wipe.sent > 2 * 15_000
    assert stroke.errors == wipe.errors == 0
