"""test_panel_modules: modules and headers that are generated for each panel, and their part in an image's id."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from kesu.common.errors import KesuError
from kesu.images.toolchain import panel_modules
from kesu.images.toolchain.image import input_hashes
from kesu.images.toolchain.panel_modules import geometry_module, panel_files
from kesu.images.toolchain.request import BuildRequest
from kesu.spec.panels import BAND_ROWS, PANELS, REFERENCE


@pytest.mark.parametrize(("page", "stride", "bands"), [((400, 300), 50, 19), ((296, 128), 37, 8)])
def test_rows_are_padded_and_the_last_band_may_be_lower(
    page: tuple[int, int], stride: int, bands: int
) -> None:
    measured = replace(REFERENCE, width=page[0], height=page[1])
    assert (measured.stride, measured.bands) == (stride, bands)
    assert (measured.bands - 1) * BAND_ROWS < measured.height <= measured.bands * BAND_ROWS


@pytest.mark.parametrize("panel", PANELS)
def test_each_panel_has_a_mask_of_bands_that_is_a_small_integer(panel: str) -> None:
    assert PANELS[panel].bands <= 30
    names: dict[str, object] = {}
    source = geometry_module(panel).replace("from micropython import const", "const = lambda value: value")
    exec(source, names)
    assert names["PANEL"] == panel
    assert (names["WIDTH"], names["HEIGHT"]) == (PANELS[panel].width, PANELS[panel].height)


def test_an_unknown_panel_is_refused() -> None:
    with pytest.raises(KesuError, match="no panel '9in9'"):
        geometry_module("9in9")


@pytest.mark.parametrize("panel", PANELS)
def test_the_id_of_an_image_depends_on_the_files_generated_for_its_panel(
    panel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = input_hashes(BuildRequest(panel=panel))
    for name, text in panel_files(panel).items():
        assert before[name] == hashlib.sha256(text.encode()).hexdigest()
    wider = {**PANELS, panel: replace(PANELS[panel], width=PANELS[panel].width + 8)}
    monkeypatch.setattr(panel_modules, "PANELS", wider)
    after = input_hashes(BuildRequest(panel=panel))
    assert [name for name in before if before[name] != after[name]] == ["kesu_pad/geometry.py"]


@pytest.mark.parametrize("panel", PANELS)
def test_an_image_has_the_drivers_of_its_panel_only(panel: str) -> None:
    hashes = input_hashes(BuildRequest(panel=panel))
    own = {driver.path for driver in PANELS[panel].drivers}
    every = {driver.path for each in PANELS.values() for driver in each.drivers}
    assert hashes.keys() & every == own
