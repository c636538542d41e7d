"""test_render: pictures are the panel's true size, and masks cover the strokes."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kesu.virtual import render
from kesu.virtual.glass import Glass
from PIL import Image


def test_png_is_true_size(tmp_path: Path) -> None:
    glass = Glass()
    target = np.ones((300, 400), np.bool_)
    target[:, :200] = False
    glass.drive_full(target)
    path = tmp_path / "deep" / "glass.png"
    render.save(render.glass_image(glass), path)
    with Image.open(path) as image:
        assert image.size == (400, 300)
        assert image.mode == "L"
        # 84.8 x 63.6 mm active area.
        assert image.size[0] / image.info["dpi"][0] * 25.4 == pytest.approx(84.8, abs=0.1)
        assert np.array_equal(np.asarray(image), glass.picture())
        assert image.getpixel((10, 10)) < image.getpixel((300, 10))


def test_frame_image() -> None:
    frame = bytearray(b"\xff" * 15_000)
    frame[0] = 0x7F
    image = render.frame_image(frame)
    assert image.size == (400, 300)
    assert (image.getpixel((0, 0)), image.getpixel((1, 0))) == (0, 255)


def test_stroke_mask_covers_the_line_and_nothing_far_away() -> None:
    mask = render.stroke_mask([[(10.0, 20.0), (60.0, 20.0)], [(200.0, 200.0)]], 2)
    assert mask.shape == (300, 400)
    assert mask[20, 10:61].all()
    assert mask[200, 200]
    assert 100 <= int(mask.sum()) <= 200
    assert not mask[25:190].any()
