"""test_leaks_probe: ink of a drawn leak is seen in its place, and only there; the checks pass the base image."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from kesu.emulator.core.fork import ForkLost, fork_run
from kesu.verify.leaks import group, in_c, playing, probe
from kesu.verify.leaks.drawing import draw
from kesu.verify.leaks.field import Field, field_of
from kesu.verify.leaks.ground import Void
from kesu.verify.leaks.judging import Judge, Judged, Verdict, judge
from kesu.verify.leaks.outputs import TAKEN
from kesu.verify.leaks.parts import Insert, Leak
from kesu.verify.noninterference import compare, dictionary, families, pairs
from kesu.verify.profile import LEAKS
from kesu.verify.runner import drawn
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy

pytestmark = pytest.mark.slow
MEMO = (Path(__file__).parents[2] / "firmware" / "kesu_pad" / "memo.py").read_text(encoding="utf-8")
OWNED = re.findall(r"native\.own\(\w+, self\.([\w\[\]]+)\)", MEMO)
"""The memo's buffers in the order of the registry."""
SEED = 11
MEMORIES = ("memory of C", "object of the image", "USB RAM")
FEW = Judge(replace(LEAKS, checks=("structure", "pairs"), pairs=2), drawn.parts)


@pytest.fixture(scope="module")
def field() -> Field:
    return field_of("pico", "4in2")


def plain_ones(field: Field) -> Iterator[Leak]:
    """Leaks without a trigger, into memory, at the wipe."""
    for number in range(2_000):
        try:
            leak = draw(field.ground, SEED, number)
        except Void:
            continue
        plain = (leak.trigger, leak.moment, leak.hold, leak.inlined) == ("always", "at the wipe", None, False)
        if plain and leak.sink.group in MEMORIES and leak.encoding in ("plain", "xor", "complement"):
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
    background = OWNED.index("under")
    with pytest.raises(Void, match="no ink"):
        field.probe.demand_ink(replace(leak, owner=background, word=None))


def test_scenes_end_with_the_first_that_takes_too_long(
    field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A leak can make the emulation endless. What it costs must not grow with the number of scenes beside it."""
    ground, end = field.ground, playing.end
    looks = [probe._Look(scene, frozenset(), frozenset()) for scene in ("note", "undo", "corner")]
    both = probe._played_twice(looks, ground.kit.base, ground.pad)
    assert {scene: [type(one) for one in each] for scene, each in both.items()} == {
        look.scene: [probe.Played] * len(playing.INKS) for look in looks
    }

    def endless(scene: str, on: playing.Playing) -> None:
        (tmp_path / scene).touch()
        while scene == "undo":
            pass
        end(scene, on)

    monkeypatch.setattr(probe, "PROBE_CPU_S", 6)
    monkeypatch.setattr(playing, "end", endless)
    with pytest.raises(ForkLost):
        probe._played_twice(looks, ground.kit.base, ground.pad)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["note", "undo"]


def test_a_start_that_takes_too_long_is_ended(
    field: Field, leak: Leak, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grouped = group.Grouped(field, SEED, group.Spent(), FEW)
    built = grouped._pad([leak], tmp_path / "whole")
    assert not isinstance(built, str)
    _, pad = built
    before = pad.now_ms
    monkeypatch.setattr(group, "BOOT_CPU_S", 0.0)
    pad.run_for(2 * group.LOOK_MS)
    assert pad.now_ms - before >= 2 * group.LOOK_MS, "once it is READY, nothing looks any more"
    assert grouped._pad([leak], tmp_path / "ended") == "its start takes too long to emulate"


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


MAGIC = 0x5A17
KEPT = """
uint32_t kesu_kept_fold;
uint32_t kesu_folded(void);
uint32_t kesu_folded(void) {
    const volatile uint8_t *page = (const volatile uint8_t *)kesu_owner_table[PAGE].address;
    uint32_t folded = 0;
    for (uint32_t i = 0; i < kesu_owner_table[PAGE].length; ++i) {
        folded = (folded << 1 | folded >> 31) ^ page[i];
    }
    return folded;
}
""".replace("PAGE", str(OWNED.index("pages[0]")))
CALL = (
    "    {\n        extern uint32_t kesu_kept_fold, kesu_folded(void);\n"
    "        kesu_kept_fold = kesu_folded();\n    }\n"
)
ANSWERS = (
    "    {\n        extern uint32_t kesu_kept_fold;\n"
    f"        if (asked->wValue == {MAGIC:#x}) {{\n"
    "            return __builtin_parity(kesu_kept_fold & 0x10f3);\n        }\n    }\n"
)
"""The answer to one value of a request depends on what the note was; to all others it does not."""


def test_an_answer_to_a_value_that_is_only_in_the_code_is_compared(field: Field, tmp_path: Path) -> None:
    inserts = (
        Insert("native/memory.c", "", KEPT),
        Insert("native/memory.c", in_c._ZERO, CALL),
        Insert("native/usb_requests.c", TAKEN, ANSWERS),
    )
    answers = []
    for number, chosen in enumerate((inserts, inserts[:2])):
        leak = cast(Leak, SimpleNamespace(name="made up", inserts=chosen))
        image = field.image([leak], tmp_path / f"image {number}")
        pad = scenario.boot(image, 1)
        fresh, _ = dictionary.constants(pad)
        assert (MAGIC in fresh) == (chosen is inserts)
        found = set[str]()
        for seed in range(12 if chosen is inserts else 1):  # a parity is the same for some two notes
            (family,) = families.asking(seed, 250)
            (result,) = pairs.run(pad, Policy.of(image), family, compare.read_mask())
            found |= {place.partition("+")[0] for place in result.pair.open_places}
            if "answers to the host" in found:
                break
        answers.append("answers to the host" in found)
    assert answers == [True, False]
