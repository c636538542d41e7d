"""render: glass, packed frames and pen strokes as pictures and masks, in the true size of the panel."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from kesu.virtual.glass import Glass, Mask, unpack_frame

# 0.212 mm pixel pitch (hardware.md C.2) in dots per inch: printed at 100 % the picture is as large as the
# panel.
PANEL_DPI = 25.4 / 0.212


def glass_image(glass: Glass) -> Image.Image:
    """What a camera over the pad sees, 8-bit grey, one picture pixel for each panel pixel."""
    return Image.fromarray(glass.picture())


def frame_image(frame: bytes | bytearray | memoryview, width: int = 400, height: int = 300) -> Image.Image:
    """A packed frame or controller plane (MSB leftmost, 1 white) in pure black and white."""
    return Image.fromarray(unpack_frame(frame, width, height).astype(np.uint8) * np.uint8(255))


def save(image: Image.Image, path: Path) -> None:
    """Write a PNG that knows its true size; missing folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, format="PNG", dpi=(PANEL_DPI, PANEL_DPI))


def stroke_mask(
    strokes: Sequence[Sequence[tuple[float, float]]], line_width_px: int, width: int = 400, height: int = 300
) -> Mask:
    """Pixels (height, width) that strokes drawn with a pen of that width cover: where to look for the
    note."""
    image = Image.new("1", (width, height))
    draw = ImageDraw.Draw(image)
    for stroke in strokes:
        if len(stroke) > 1:
            draw.line([(x, y) for x, y in stroke], fill=1, width=line_width_px)
        for x, y in (stroke[0], stroke[-1]):
            half = line_width_px / 2
            draw.ellipse((x - half, y - half, x + half, y + half), fill=1)
    return np.asarray(image, dtype=np.bool_)
