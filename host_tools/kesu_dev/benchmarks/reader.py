"""reader: reads a row of the glass with an OCR for print (Debian's tesseract-ocr)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from kesu.common.errors import Exit, KesuError
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Picture = NDArray[np.uint8]

# Tesseract's network needs letters 30 to 50 pixels high with the line width of print; a 2 px line in a 12 mm
# letter is much thinner. Both adjustments change the size, not the shape.
BODY_PX = 40.0
LINE_PER_BODY = 0.1
SURROUND_PX = 24
DIGITS = "0123456789"
# 6: one block of text. In mode 7 (one line) it also reads characters in white paper.
_TREAT_AS_BLOCK = "6"
_TIMEOUT_S = 120.0

# Pairs that are indistinguishable without context.
_LOOKALIKES = str.maketrans("ヘベペ一ニロエカタトハチ二", "へべぺー二口工力夕卜八千二")


@dataclass(frozen=True)
class Region:
    """A row to read: its grey levels, uint8 (height, width), dark ink; the height of its letters in px; the
    width of the pen in px; whether it holds digits only, as a field for a number does."""

    picture: Picture
    body_px: float
    pen_px: float
    digits: bool


def check() -> None:
    """Raises KesuError when tesseract or its Japanese data is not installed."""
    program = shutil.which("tesseract")
    hint = "apt-get install tesseract-ocr tesseract-ocr-jpn (Debian 13)"
    if program is None:
        raise KesuError("There is no tesseract on this machine.", hint=hint, code=Exit.UNAVAILABLE)
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)
    if "jpn" not in listed.stdout.split():
        raise KesuError("tesseract has no Japanese here.", hint=hint, code=Exit.UNAVAILABLE)


def read(regions: list[Region]) -> list[str]:
    """The text of each region, without spaces; "" where nothing is read. Raises KesuError."""
    texts = [""] * len(regions)
    for digits in (True, False):
        chosen = [index for index, region in enumerate(regions) if region.digits == digits]
        images = [prepared(regions[index]) for index in chosen]
        for index, text in zip(chosen, _recognised(images, digits), strict=True):
            texts[index] = text
    return texts


def prepared(region: Region) -> Image.Image:
    """The row in the size and line width of print, with a margin in its lightest tone."""
    scale = BODY_PX / region.body_px
    height, width = region.picture.shape
    row = Image.fromarray(region.picture)
    row = row.resize((round(width * scale), round(height * scale)), Image.Resampling.LANCZOS)
    missing = LINE_PER_BODY * BODY_PX - region.pen_px * scale
    if (grow := 2 * round(missing / 2) + 1) >= 3:
        row = row.filter(ImageFilter.MinFilter(grow))
    paper = int(region.picture.max())
    canvas = Image.new("L", (row.width + 2 * SURROUND_PX, row.height + 2 * SURROUND_PX), paper)
    canvas.paste(row, (SURROUND_PX, SURROUND_PX))
    return canvas


def right(text: str, seen: str) -> int:
    """Number of characters of `text` that were read: its length less the edit distance, at least 0.

    Characters that look the same count as equal.
    """
    text, seen = text.translate(_LOOKALIKES), seen.translate(_LOOKALIKES)
    row = list(range(len(seen) + 1))
    for deleted, wanted in enumerate(text, 1):
        above, row = row, [deleted]
        for at, got in enumerate(seen, 1):
            row.append(min(above[at] + 1, row[-1] + 1, above[at - 1] + (wanted != got)))
    return max(0, len(text) - row[-1])


def stretched(picture: Picture, light: NDArray[np.bool_]) -> Picture:
    """The levels of what should be paper (`light`), stretched to 0..255.

    Everything else, the pad's own screen, becomes paper. If the paper has only one level, all of it is 255.
    """
    levels = picture[light]
    low, high = int(levels.min()), int(levels.max())
    spread = np.full(picture.shape, 255, np.uint8)
    if high > low:
        values = (picture[light].astype(np.float32) - low) * (255.0 / (high - low))
        spread[light] = np.rint(values).astype(np.uint8)
    return spread


def _recognised(images: list[Image.Image], digits: bool) -> list[str]:
    """One run of tesseract for all images: starting it takes longer than reading a row."""
    if not images:
        return []
    with tempfile.TemporaryDirectory(prefix="kesu-bench-") as name:
        folder = Path(name)
        files = [folder / f"{index:04}.png" for index in range(len(images))]
        for image, file in zip(images, files, strict=True):
            image.save(file, dpi=(300, 300))
        batch = folder / "rows.txt"
        batch.write_text("".join(f"{file}\n" for file in files), encoding="utf-8")
        command = ["tesseract", str(batch), "-", "-l", "jpn", "--psm", _TREAT_AS_BLOCK]
        if digits:
            command += ["-c", f"tessedit_char_whitelist={DIGITS}"]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=True,
                timeout=_TIMEOUT_S,
                env=os.environ | {"OMP_THREAD_LIMIT": "1"},
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise KesuError(
                "tesseract could not read the rows.",
                hint="Try it by hand: tesseract --version",
                code=Exit.INTERNAL,
            ) from error
    # Tesseract ends each page with a form feed, an empty one too.
    pages = done.stdout.split("\f")[: len(images)]
    if len(pages) != len(images):
        raise KesuError(f"tesseract answered for {len(pages)} of {len(images)} rows.", code=Exit.INTERNAL)
    return ["".join(page.split()) for page in pages]
