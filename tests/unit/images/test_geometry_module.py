"""test_geometry_module: dimensions of each panel as constants of the firmware."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import pytest
from kesu.common.errors import KesuError
from kesu.images.toolchain.geometry import BAND_ROWS, PANELS, Geometry, geometry_module

COMMITTED = Path(__file__).parents[3] / "firmware" / "kesu_pad" / "geometry.py"


def test_the_committed_module_is_generated_for_the_larger_panel() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == geometry_module("4in2")


@pytest.mark.parametrize(("page", "stride", "bands"), [((400, 300), 50, 19), ((296, 128), 37, 8)])
def test_rows_are_padded_and_the_last_band_may_be_lower(
    page: tuple[int, int], stride: int, bands: int
) -> None:
    measured = Geometry(*page)
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
