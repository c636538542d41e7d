"""pack: PNG pictures to the module of constants that the firmware draws from."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

from PIL import Image

from kesu.errors import KesuError

ROW_BYTES_A_LINE = 16


def packed_rows(picture: Image.Image) -> bytes:
    """Rows of a picture, MSB leftmost, 1 = white, each row padded to a byte with white."""
    width, height = picture.size
    grey = picture.convert("L")
    stride = (width + 7) // 8
    rows = bytearray(b"\xff" * (stride * height))
    for y in range(height):
        for x in range(width):
            level = grey.getpixel((x, y))
            if isinstance(level, int) and level < 128:
                rows[y * stride + x // 8] &= ~(0x80 >> (x % 8)) & 0xFF
    return bytes(rows)


def pictures_module(assets_dir: Path) -> str:
    """Source of `kesu/pictures.py`: for each NAME.png a `bytes` NAME and an integer NAME_WIDTH in pixels.

    Raises KesuError when the folder has no pictures or one cannot be read.
    """
    paths = sorted(assets_dir.glob("*.png"))
    if not paths:
        raise KesuError(
            f"There are no pictures in {assets_dir}.", hint="Draw them with `kesu assets`.", code=2
        )
    lines = [
        '"""pictures: labels as 1-bit rows, generated from firmware/assets by `kesu build`."""',
        "",
        "# SPDX-License-Identifier: MIT",
        "from micropython import const",
    ]
    for path in paths:
        name = path.stem.upper()
        try:
            with Image.open(path) as picture:
                rows, width = packed_rows(picture), picture.size[0]
        except OSError as error:
            raise KesuError(
                f"{path} is not a picture that can be read: {error}.",
                hint="Draw it again with `kesu assets`.",
                code=2,
            ) from error
        lines += ["", f"{name}_WIDTH = const({width})", f"{name} = ("]
        for start in range(0, len(rows), ROW_BYTES_A_LINE):
            hexadecimal = "".join(f"\\x{byte:02x}" for byte in rows[start : start + ROW_BYTES_A_LINE])
            lines.append(f'    b"{hexadecimal}"')
        lines.append(")")
    return "\n".join(lines) + "\n"
