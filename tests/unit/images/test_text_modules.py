"""test_text_modules: texts and fonts become glyphs and labels; a missing glyph fails the build."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from kesu.common.errors import KesuError
from kesu.images.assets import text_modules
from kesu.images.assets.fonts import Glyph, jis, read_bdf, wanted
from kesu.images.assets.icons import read_icons
from kesu.images.assets.strings import read_strings
from kesu.images.toolchain.policy import read_policy
from kesu.spec.panels import PANELS

FIRMWARE = Path(__file__).parents[3] / "firmware"
ASSETS = FIRMWARE / "assets"
VALUES = read_policy(FIRMWARE / "policy.toml")


def names(source: str) -> dict[str, Any]:
    """Names and values of a generated module."""
    found: dict[str, Any] = {}
    exec(source.replace("from micropython import const", "const = lambda value: value"), found)
    return {name: value for name, value in found.items() if name.isupper()}


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """A copy of the firmware's assets."""
    return Path(shutil.copytree(ASSETS, tmp_path / "assets"))


def changed(assets: Path, old: str, new: str) -> None:
    path = assets / "strings.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_label_has_its_glyphs_and_width(language: str) -> None:
    glyphs, labels = (names(source) for source in text_modules(ASSETS, language, VALUES, "89abcdef"))
    texts, _ = read_strings(ASSETS)
    for text in texts:
        if text.name == "UNIT":
            continue
        table = glyphs[f"GLYPHS_{text.size}"]
        narrow = text.size * ((text.size // 2 + 7) // 8)
        widths = [text.size // 2 if len(table[i]) == narrow else text.size for i in labels[text.name]]
        assert sum(widths) == labels[f"{text.name}_WIDTH"]
    assert labels["DIGITS_16"] == bytes(range(labels["DIGITS_16"][0], labels["DIGITS_16"][0] + 10))


def test_tables_are_sorted_and_their_glyphs_are_of_two_sizes() -> None:
    source = text_modules(ASSETS, "ja", VALUES)[0]
    tables = {name: table for name, table in names(source).items() if name.startswith("GLYPHS_")}
    assert len(tables) == 3
    for size, table in tables.items():
        rows = int(size.removeprefix("GLYPHS_"))
        narrow, wide = (rows * ((width + 7) // 8) for width in (rows // 2, rows))
        assert {len(glyph) for glyph in table} == {narrow, wide}
    for part in source.split("GLYPHS_")[1:]:
        characters = re.findall(r"^    # '(.+)'$", part, re.MULTILINE)
        assert characters == sorted(characters)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_text_fits_on_every_panel(panel: str, language: str) -> None:
    labels = names(text_modules(ASSETS, language, VALUES, "89abcdef")[1])
    width = PANELS[panel].width
    # From the undo field to the page dots, with a gap (screens.py).
    strip = width - 62 - 4 - 6 - 38
    for tip in range(1, 6):
        assert labels[f"TIP_{tip}_WIDTH"] + 4 + labels["ID_WIDTH"] <= strip
    assert labels["READY_WIDTH"] + 4 + labels["INFO_WIDTH"] <= strip
    counting = labels["COUNTDOWN_BEFORE_WIDTH"] + labels["COUNTDOWN_AFTER_WIDTH"] + 8
    assert counting + 16 + labels["COUNTDOWN_HINT_WIDTH"] <= strip
    assert counting + 24 + labels["WRAP_UP_WIDTH"] <= strip
    for name in ("AWAY", "AWAY_HINT", "PAYMENT_1", "PAYMENT_2", "PAYMENT_HINT", "FAULT_HINT"):
        assert labels[f"{name}_WIDTH"] <= width
    for name in ("FAULT_PANEL", "FAULT_TOUCH", "FAULT_OTHER"):
        assert labels[f"{name}_WIDTH"] <= width
    assert labels["FAULT_WIDTH"] + 72 <= width
    assert labels["PEN_WIDTH"] <= 30
    assert labels["ERASER_WIDTH"] <= 62 - 20 - 4 - 1, "right of the third dot, when that dot is large"
    assert labels["UNDO_WIDTH"] <= 32


def test_a_character_without_a_glyph_fails_and_is_named(assets: Path) -> None:
    changed(assets, "離席中", "離席鶴")
    with pytest.raises(KesuError, match="no glyph for '鶴'"):
        text_modules(assets, "ja", VALUES)
    text_modules(assets, "en", VALUES)


def test_the_subset_holds_exactly_the_used_glyphs() -> None:
    texts, _ = read_strings(ASSETS)
    for base, characters in wanted(texts).items():
        assert set(read_bdf(ASSETS / "fonts" / f"shinonome{base}.bdf")) == set(characters)


def test_texts_that_lack_a_language_or_have_another_size_are_refused(assets: Path) -> None:
    changed(assets, 'en = "Erased."\n', "")
    with pytest.raises(KesuError, match="cannot be read"):
        text_modules(assets, "ja", VALUES)
    changed(assets, 'ja = "消去しました"\n', 'ja = "消去しました"\nen = "Erased."\n')
    changed(assets, "[READY]\nsize = 12", "[READY]\nsize = 13")
    with pytest.raises(KesuError, match=r"READY .* has the size 13"):
        text_modules(assets, "ja", VALUES)


def test_an_unknown_language_and_a_missing_font_are_refused(assets: Path) -> None:
    with pytest.raises(KesuError, match="no language 'fr'"):
        text_modules(assets, "fr", VALUES)
    (assets / "fonts" / "shinonome12.bdf").unlink()
    with pytest.raises(KesuError, match=r"shinonome12\.bdf cannot be read"):
        text_modules(assets, "ja", VALUES)


def test_characters_are_found_by_their_jis_code() -> None:
    assert jis("亜") == 0x3021
    assert jis("あ") == 0x2422
    assert jis("😀") is None


def test_enlarging_keeps_shapes_and_smooths_diagonals() -> None:
    square = Glyph(4, (0b1111,) * 4).enlarged()
    assert square.width == 12
    assert square.rows[3:9] == (0xFFF,) * 6
    slope = Glyph(2, (0b10, 0b01)).enlarged()
    assert slope.rows[0] >> 3 == 0b111
    assert sum(row.bit_count() for row in slope.rows) != 18


def test_rows_are_packed_with_ink_as_zero_and_white_padding() -> None:
    assert Glyph(6, (0b100001, 0)).packed() == bytes([0b01111011, 0xFF])


def test_icons_are_drawn_from_their_text() -> None:
    icons = {
        name: rows for name, rows in names(text_modules(ASSETS, "ja", VALUES)[0]).items() if "ICON" in name
    }
    assert set(icons) == {"ICON_HOLD", "ICON_MUTE", "ICON_NONE"}
    assert {len(rows) for rows in icons.values()} == {2 * 12}
    assert icons["ICON_NONE"] == b"\xff" * 24
    assert icons["ICON_HOLD"][2:4] == b"\x86\x1f"


@pytest.mark.parametrize("picture", ["#" * 12, "\n".join(["#" * 11 + "x"] * 12), "\n".join(["#" * 13] * 12)])
def test_a_misdrawn_icon_fails_the_build(tmp_path: Path, picture: str) -> None:
    (tmp_path / "icons.toml").write_text(f'[MUTE]\npicture = """\n{picture}\n"""\n', encoding="utf-8")
    with pytest.raises(KesuError, match="MUTE"):
        read_icons(tmp_path)
