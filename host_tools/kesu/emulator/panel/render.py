"""render: pictures of the glass with the panel's real size in the file."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

from PIL import Image

# 0.212 mm pixel pitch (hardware-facts C.2) in dots per inch: printed at 100 % the picture is as large as the
# panel.
PANEL_DPI = 25.4 / 0.212


def save(image: Image.Image, path: Path) -> None:
    """Write a PNG with its real size (dots per inch); create missing folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, format="PNG", dpi=(PANEL_DPI, PANEL_DPI))
