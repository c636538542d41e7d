"""test_leaks_probe: ink of a drawn leak is seen in its place, and only there; the checks pass the base image."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kesu.emulator.core.fork import fork_run
from kesu.verify.leaks.drawing import draw
from kesu.verify.leaks.field import Field, field_of
from kesu.verify.leaks.ground import Void
from kesu.verify.leaks.judging import Judge, Judged, Verdict, judge
from kesu.verify.leaks.parts import Leak
from kesu.verify.profile import LEAKS
from kesu.verify.runner import drawn
from kesu.verify.scenes import scenario

pytestmark = pytest.mark.slow
SEED = 11
FEW = Judge(replace(LEAKS, checks=("structure", "pairs"), pairs=2), drawn.parts)


@pytest.fixture(scope="module")
def field() -> Field:
    return field_of("pico", "4in2")


def plain_ones(field: Field) -> Iterator[Leak]:
    """Leaks without a trigger, into memory of the C module, at the wipe."""
    for number in range(2_000):
        try:
            leak = draw(field.ground, SEED, number)
        except Void:
            continue
        if (leak.trigger, leak.moment, leak.sink.group, leak.hold) == (
            "always",
            "at the wipe",
            "memory of C",
            None,
        ):
            yield leak


@pytest.fixture(scope="module")
def leak(field: Field) -> Leak:
    for one in plain_ones(field):
        try:
            field.probe.demand_ink(one)
            return one
        except Void:
            continue
    raise AssertionError("none was drawn")


def test_the_ink_of_a_leak_is_seen_and_the_checks_name_it(field: Field, leak: Leak, tmp_path: Path) -> None:
    image = field.image([leak], tmp_path / "image")
    pad = scenario.boot(image, 1)
    assert field.probe.present([leak], image, pad)[leak.name]
    verdict = fork_run(pad, lambda copy: judge(Judged([leak], image, SEED, field.source), copy, FEW))
    assert verdict.check == "pairs"
    assert set(verdict.named) == {leak.name}


def test_no_ink_is_seen_when_nothing_calls_the_leak(field: Field, leak: Leak, tmp_path: Path) -> None:
    body = next(insert for insert in leak.inserts if not insert.anchor)
    calls_nothing = replace(leak, inserts=(body,))
    image = field.image([calls_nothing], tmp_path / "image")
    assert field.probe.present([calls_nothing], image, scenario.boot(image, 1)) == {leak.name: ""}


def test_a_source_without_ink_is_void(field: Field, leak: Leak) -> None:
    background = next(
        number for number, (kind, _) in enumerate(field.ground.owners) if number > 6 and kind == 2
    )
    with pytest.raises(Void, match="no ink"):
        field.probe.demand_ink(replace(leak, owner=background, word=None))


def test_the_checks_pass_the_base_image(field: Field) -> None:
    verdict = fork_run(
        field.ground.pad, lambda copy: judge(Judged([], field.kit.base, SEED, field.source), copy, FEW)
    )
    assert verdict == Verdict("", "")


def test_what_is_drawn_from_exists(field: Field) -> None:
    ground = field.ground
    assert len(ground.owners) >= 12
    assert sum(map(len, ground.blocks.values())) > 700
    assert len(ground.objects) > 20
    assert {"PWM", "SIO", "DMA", "PPB", "ROSC", "PADS_BANK0", "XIP_CTRL", "RTC", "TIMER"} <= set(
        ground.blocks
    )
