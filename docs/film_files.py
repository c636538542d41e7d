"""film_files: writes a film as a GIF, and its stills below each other as a PNG."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo


def save_film(
    frames: Sequence[Image.Image],
    shown_ms: Sequence[int],
    colours: int | Image.Image,
    path: Path,
    carried: str = "",
) -> None:
    """Write the frames, each shown so many milliseconds; carried: the GIF's comment.

    colours: at most so many in each frame, or a picture with the palette of all frames, which makes a smaller file.
    """
    if isinstance(colours, int):
        first, *others = [frame.quantize(colours) for frame in frames]
    else:
        first, *others = [frame.quantize(palette=colours, dither=Image.Dither.NONE) for frame in frames]
    comment: dict[str, Any] = {"comment": carried.encode()} if carried else {}
    first.save(
        path, save_all=True, append_images=others, duration=list(shown_ms), loop=0, optimize=True, **comment
    )


def save_stills(
    stills: Sequence[Image.Image], colours: int, path: Path, carried: PngInfo | None = None
) -> None:
    """Write the stills below each other; carried: texts of the PNG."""
    sheet = Image.new(stills[0].mode, (stills[0].width, sum(still.height for still in stills)))
    top = 0
    for still in stills:
        sheet.paste(still, (0, top))
        top += still.height
    sheet.quantize(colours).save(path, optimize=True, pnginfo=carried)
