"""test_render: pictures have the physical size of the panel."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drives import FULL, drive
from kesu.emulator.panel import render
from kesu.emulator.panel.glass import Glass
from PIL import Image


def test_a_png_has_the_physical_size_of_the_panel(tmp_path: Path) -> None:
    glass = Glass()
    target = np.ones((300, 400), np.bool_)
    target[:, :200] = False
    drive(glass, FULL, target, target)
    path = tmp_path / "deep" / "glass.png"
    render.save(Image.fromarray(glass.picture()), path)
    with Image.open(path) as image:
        assert image.size == (400, 300)
        assert image.mode == "L"
        # 84.8 x 63.6 mm active area.
        assert image.size[0] / image.info["dpi"][0] * 25.4 == pytest.approx(84.8, abs=0.1)
        assert np.array_equal(np.asarray(image), glass.picture())
        assert np.asarray(image)[10, 10] < np.asarray(image)[10, 300]
