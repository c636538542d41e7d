"""test_pictures_module: PNG labels to 1-bit rows of the firmware."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kesu.assets import pictures_module
from kesu.assets.draw import Label, draw_label
from kesu.assets.pack import packed_rows
from kesu.errors import KesuError
from PIL import Image

FIRMWARE = Path(__file__).parents[2] / "firmware"
PAGE = (400, 300)
STRIP_ROWS = 24


def pictures(source: str) -> dict[str, object]:
    """Names and values of a generated module."""
    names: dict[str, object] = {}
    exec(source.replace("from micropython import const", "const = lambda value: value"), names)
    return {name: value for name, value in names.items() if name.isupper()}


def test_rows_are_msb_first_with_ink_as_zero_and_white_padding() -> None:
    picture = Image.new("1", (10, 2), 1)
    picture.putpixel((0, 0), 0)
    picture.putpixel((9, 1), 0)
    assert packed_rows(picture) == bytes([0x7F, 0xFF, 0xFF, 0xBF])


def test_every_label_the_firmware_draws_is_there_and_fits() -> None:
    found = pictures(pictures_module(FIRMWARE / "assets"))
    wanted = {"READY_JA", "READY_EN", "WIPING_JA", "WIPING_EN", "FAULT_JA", "FAULT_EN", "SERVICE"}
    wanted |= {f"DIGIT_{digit}" for digit in range(10)}
    assert wanted | {f"{name}_WIDTH" for name in wanted} == set(found)
    for name in wanted:
        rows, width = found[name], found[f"{name}_WIDTH"]
        assert isinstance(rows, bytes)
        assert isinstance(width, int)
        stride = (width + 7) // 8
        assert len(rows) % stride == 0
        assert width <= PAGE[0]
        assert len(rows) // stride <= (STRIP_ROWS if name.startswith("READY") else PAGE[1])
        assert any(byte != 0xFF for byte in rows), f"{name} has no ink"


def test_the_type_stub_names_the_same_pictures() -> None:
    stub = (FIRMWARE / "typings" / "kesu" / "pictures.pyi").read_text(encoding="utf-8")
    named = set(re.findall(r"^(\w+): ", stub, re.MULTILINE))
    assert named == set(pictures(pictures_module(FIRMWARE / "assets")))


def test_no_pictures_and_no_picture_are_errors(tmp_path: Path) -> None:
    with pytest.raises(KesuError, match="no pictures"):
        pictures_module(tmp_path)
    (tmp_path / "A.png").write_bytes(b"not a picture")
    with pytest.raises(KesuError, match=r"A\.png is not a picture"):
        pictures_module(tmp_path)


def test_a_text_that_does_not_fit_is_refused_and_one_that_does_has_ink() -> None:
    fonts = [Path(path) for path in ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",)]
    font = next((path for path in fonts if path.is_file()), None)
    if font is None:
        pytest.skip("fonts-noto-cjk is needed only to draw labels again")
    with pytest.raises(KesuError, match="TIGHT needs"):
        draw_label(Label("TIGHT", (20, 20), (("消しています", 17),)), font)
    assert draw_label(Label("ROOMY", (104, 24), (("消しています", 17),)), font).getextrema() == (0, 255)
