"""The rig answers 1Bh: the pad in co-simulation chooses its waveforms by the temperature that the rig was given."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hil.rig_virtual import RigVirtualBench
from hil.virtual import VirtualBench
from kesu.images.toolchain import ensure
from kesu.spec.panels import FILMS
from kesu.spec.rig import LINES
from kesu.spec.waveforms import SPEC, Class, dark, lut
from kesu_dev.rig.image import build_rig

pytestmark = pytest.mark.slow

OFFICE_C = 18
"""What the firmware assumes without a sensor (firmware/kesu_pad/panel/waveforms.py)."""


@pytest.fixture(scope="module")
def bench(request: pytest.FixtureRequest) -> Iterator[RigVirtualBench]:
    board, panel = request.param
    image = ensure("sealed", board=board, panel=panel)
    bench = RigVirtualBench(image, build_rig().uf2)
    yield bench
    bench.close()


def _first(bench: RigVirtualBench) -> dict[bytes, Class]:
    """The class of each waveform with which a page begins."""
    chip = SPEC.chips[FILMS[bench.pad.fitted].panel.controller]
    return {lut(chip, dark(each.unit)): each for each in SPEC.classes_of(chip)}


def _chosen(bench: RigVirtualBench, celsius: int | None) -> Class:
    """Start the pad on a rig that senses so much: the class whose waveform the model's controller was given."""
    bench.unplug()
    bench.actions.feel(celsius)
    known, panel = _first(bench), bench.pad.panel
    seen: list[Class] = []

    def began(_time_ns: int, op: int) -> None:
        given = bytes(panel._registers[0x32])
        if op == 0x20 and given in known:
            seen.append(known[given])

    panel.commands.began.append(began)
    bench.plug_in()
    VirtualBench.start(bench)
    panel.commands.began.remove(began)
    assert len(set(seen)) == 1
    return seen[0]


def _expected(bench: RigVirtualBench, celsius: int) -> Class:
    return next(each for each in _first(bench).values() if celsius >= each.from_c)


ON = [("pico", "4in2"), pytest.param(("pico2", "2in9"), marks=pytest.mark.long)]


@pytest.mark.parametrize("bench", ON, indirect=True, scope="module")
def test_the_pad_chooses_the_class_of_the_rigs_temperature(bench: RigVirtualBench) -> None:
    office = _expected(bench, OFFICE_C)
    for celsius in (25, 12, 35):
        wanted = _expected(bench, celsius)
        assert wanted != office, "a pad that reads nothing would choose the same"
        assert _chosen(bench, celsius) == wanted
        bench.look()
    answered = bench.both.data_line.answers
    assert answered
    assert _chosen(bench, None) == office
    assert bench.both.data_line.answers == answered
    assert bench.actions.planes().errors["read"] == 1
    bench.actions.feel(25)


@pytest.mark.parametrize("bench", ON[:1], indirect=True, scope="module")
@pytest.mark.parametrize("edges", [8, *(pytest.param(count, marks=pytest.mark.deep) for count in (1, 3, 15))])
def test_a_reset_in_the_middle_of_an_answer_leaves_nobody_driving(bench: RigVirtualBench, edges: int) -> None:
    """The pad lets CS go, and the rig its data, before the pad drives that again."""
    bench.unplug()
    bench.actions.feel(25)
    line = bench.both.data_line
    until = line.bits + edges
    seen: list[bool] = []

    def reset() -> None:
        seen.append(line.reading)
        bench.pad.reset("run")
        seen.append(line.reading)

    due = [True]

    def clocked() -> None:
        if due[0] and line.bits == until:
            due[0] = False  # the pad starts again, and its clock moves before it reads
            bench.pad.at(0.0003, reset)

    number = LINES["PANEL_CLK"].pad
    assert number is not None
    bench.pad.emulator.mcu.gpio[number].add_listener(lambda value, _last: clocked())
    bench.plug_in()
    assert seen == [True, False]
    VirtualBench.start(bench)
    planes = bench.actions.planes()
    assert (planes.bw, planes.red) == (bytes(bench.pad.panel.bw), bytes(bench.pad.panel.red))
    assert bench.both.complaints == []
