"""test_variants: the panels on which a full run wipes notes: what they change, and what a report says of them."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.panel.glass import Glass
from kesu.emulator.panel.sample import NOMINAL
from kesu.emulator.panel.ssd16xx_update import Chip
from kesu.emulator.panel.ssd1683 import Ssd1683
from kesu.verify import plan
from kesu.verify.profile import FAULTS, FULL, LEAKS, PROFILES, QUICK, SOAK
from kesu.verify.runner.jobs import CHECKS
from kesu.verify.scenes import variants
from manual_clock import ManualClock


def pad() -> Any:
    glass = Glass()
    return SimpleNamespace(glass=glass, panel=Ssd1683(ManualClock(), glass))


def test_every_glass_is_tried_with_planes_that_stay_and_that_swap() -> None:
    for seed in (0, 1, 77):
        found = Counter((one.glass, one.swaps) for one in variants.every(seed) if not one.controller)
        assert set(found.values()) == {1}
        assert {glass for glass, _ in found} == set(variants.glasses(seed))
        assert len(found) == 2 * len(variants.glasses(seed))


def test_what_is_judged_besides_the_usual_panel_is_every_other() -> None:
    judged = variants.variants(5)
    assert [one for one in variants.every(5) if one not in judged] == [variants.Variant(variants.USUAL)]
    assert len({one.name for one in variants.every(5)}) == len(variants.every(5))


def test_each_variant_is_another_panel() -> None:
    fitted = set()
    for one in variants.every(9):
        made = pad()
        one.fit(cast("VirtualPad", made))
        fitted.add((made.glass.sample, made.panel.chip, made.panel.swaps_planes))
    assert len(fitted) == len(variants.every(9))
    assert (NOMINAL, Chip(), False) in fitted


def test_the_seed_chooses_a_film_and_the_signs_of_errors() -> None:
    drawn = {variants.glasses(seed)[variants.DRAWN].film for seed in range(12)}
    errors = {variants.glasses(seed)[variants.BESIDE].vcom_error_v for seed in range(12)}
    assert len(drawn) > 6
    assert errors == {-variants.VCOM_V, variants.VCOM_V}


def test_each_way_of_showing_ink_has_a_controller_that_forces_it_from_the_start_of_the_pad() -> None:
    judged = {one.controller: one for one in variants.variants(5)}
    assert all(judged[name].from_start for name in variants.controllers())
    assert judged["OTP comes back"].chip.reloads
    assert judged["clock and rails asked for each time"].chip.needs_enable
    assert not judged[""].from_start


def test_only_a_full_run_tries_them() -> None:
    assert "variants" in CHECKS
    assert plan.variants(3, FULL)
    for profile in (*(one for one in PROFILES.values() if one is not FULL), LEAKS):
        assert plan.variants(3, profile) == [], profile.name
    assert {QUICK.variants, FAULTS.variants, SOAK.variants, LEAKS.variants} == {False}


def test_a_report_must_have_the_cells_of_each_variant_and_says_on_which_it_was_measured() -> None:
    demanded = [scene.label for scene in plan.scenes(3, FULL)]
    for variant, scenes in plan.variants(3, FULL):
        assert len(scenes) == len(plan.ON_VARIANTS)
        for scene in scenes:
            assert variant.name in scene.label
            assert demanded.count(scene.label) == 1
            assert scene.event.number in ("E1", "E7")
    assert not any("on deep ghost;" in label for label in demanded)


@pytest.mark.parametrize("name", [*variants.glasses(1)])
def test_a_glass_can_be_fitted_to_a_pad_with_a_picture(name: str) -> None:
    made = pad()
    sample = variants.glasses(1)[name]
    before = float(made.glass.reflectance.mean())
    made.glass.fit(sample)
    assert float(made.glass.reflectance.mean()) == pytest.approx(before, abs=0.02)
