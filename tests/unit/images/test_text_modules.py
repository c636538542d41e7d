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
from kesu.images.assets.fonts import FILES, LARGE, Glyph, drawn, jis, read_bdf, wanted
from kesu.images.assets.icons import read_icons
from kesu.images.assets.pack import pieces
from kesu.images.assets.strings import read_strings
from kesu.spec.panels import PANELS
from kesu.spec.policy import LANGUAGES

FIRMWARE = Path(__file__).parents[3] / "firmware"
ASSETS = FIRMWARE / "assets"


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_label_has_its_glyphs_and_width(language: str) -> None:
    modules = text_modules(ASSETS, "89abcdef")
    assert modules.keys() == {"glyphs", *(f"labels_{each}" for each in LANGUAGES)}
    glyphs, labels = names(modules["glyphs"]), names(modules[f"labels_{language}"])
    for text in read_strings(ASSETS):
        if "{" in text.words[language]:
            assert len(labels[text.name]) == 3
            continue
        table = glyphs[f"GLYPHS_{text.size}"]
        narrow = text.size * ((text.size // 2 + 7) // 8)
        widths = [text.size // 2 if len(table[i]) == narrow else text.size for i in labels[text.name]]
        assert sum(widths) == labels[f"{text.name}_WIDTH"]
        if text.size == LARGE:
            font = read_bdf(ASSETS / "fonts" / FILES[LARGE])
            letters = sum(font[character].width for character in text.words[language])
            assert 0 <= sum(widths) - letters < LARGE // 2
    assert labels["DIGITS_16"] == bytes(range(labels["DIGITS_16"][0], labels["DIGITS_16"][0] + 10))


def test_tables_are_sorted_and_their_glyphs_are_of_two_sizes() -> None:
    source = text_modules(ASSETS)["glyphs"]
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
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_fits_on_every_panel(panel: str, language: str) -> None:
    """With every policy; the pages themselves are in test_firmware_golden.py."""
    labels = names(text_modules(ASSETS, "89abcdef", "10.10.10.dev10")[f"labels_{language}"])
    words = {text.name: text.words[language] for text in read_strings(ASSETS)}
    # Times have at most two digits: seconds below 100, and minutes up to 60.
    unit = max(words["UNIT_MINUTES"], words["UNIT_SECONDS"], key=len)
    width = PANELS[panel].width
    # From the undo field to the page dots, with a gap (screens.py).
    strip = width - 71 - 3 - 2 - 36
    for tip in range(1, 7):
        assert labels[f"TIP_{tip}_WIDTH"] <= strip
    wide = "_WIDE" if width >= 400 else ""
    for info in ("INFO_WIDE", "INFO_CALLS_WIDE") if wide else ("INFO",):
        longest = words[info].format(idle=f"15{unit}", age=f"60{unit}")
        pixels = sum(6 if character.isascii() else 12 for character in longest)
        assert labels["READY_WIDTH"] + 4 + pixels <= strip
    assert labels["IMAGE_WIDTH"] + labels["IMAGE_ID_WIDTH"] <= strip
    assert labels["SETTINGS_WIDTH"] + 8 * 6 <= strip
    counting = labels["COUNTDOWN_BEFORE_WIDTH"] + labels["COUNTDOWN_AFTER_WIDTH"] + 8
    for hint in (f"COUNTDOWN_HINT{wide}", "COUNTDOWN_END"):
        assert counting + 16 + labels[f"{hint}_WIDTH"] <= strip
    assert counting + 24 + labels["WRAP_UP_WIDTH"] <= strip
    for name in ("AWAY", "AWAY_HINT", "PAYMENT_1", "PAYMENT_2", "PAYMENT_HINT", "FAULT_HINT"):
        assert labels[f"{name}_WIDTH"] <= width
    for name in ("FAULT_PANEL", "FAULT_TOUCH", "FAULT_OTHER"):
        assert labels[f"{name}_WIDTH"] <= width
    assert labels["FAULT_WIDTH"] + 72 <= width
    assert labels["PEN_WIDTH"] <= 30
    assert labels["ERASER_WIDTH"] <= 71 - 16 - 5, "right of the third dot, when that dot is large"
    assert labels["UNDO_WIDTH"] <= 32


def test_a_character_without_a_glyph_fails_and_is_named(assets: Path) -> None:
    changed(assets, "離席中", "離席鶴")
    with pytest.raises(KesuError, match="no glyph for '鶴'"):
        text_modules(assets)
    changed(assets, "離席鶴", "離席中")
    text_modules(assets)


def test_the_subset_holds_exactly_the_used_glyphs() -> None:
    for size, characters in wanted(read_strings(ASSETS)).items():
        assert set(read_bdf(ASSETS / "fonts" / FILES[size])) == set(characters)


def test_every_glyph_has_a_picture_of_its_own() -> None:
    """A font draws the same box for every character that it lacks."""
    for name in FILES.values():
        font = read_bdf(ASSETS / "fonts" / name)
        pictures = [glyph.rows for character, glyph in font.items() if not character.isspace()]
        assert all(any(rows) for rows in pictures)
        assert len(set(pictures)) == len(pictures)


def test_the_large_glyphs_are_those_of_the_outlines() -> None:
    """Drawn again, every pixel; `kesu dev assets` draws them."""
    assert drawn(wanted(read_strings(ASSETS))[LARGE], LARGE) == read_bdf(ASSETS / "fonts" / FILES[LARGE])


def test_a_character_that_the_outlines_lack_is_refused() -> None:
    with pytest.raises(KesuError, match=r"no glyph for '.' \(U\+10FFFD\) of size 48"):
        drawn("消\U0010fffd", LARGE)


def test_texts_that_lack_a_language_or_have_another_size_are_refused(assets: Path) -> None:
    changed(assets, 'en = "Erased."\n', "")
    with pytest.raises(KesuError, match="cannot be read"):
        text_modules(assets)
    changed(assets, 'ja = "消去しました"\n', 'ja = "消去しました"\nen = "Erased."\n')
    changed(assets, "[READY]\nsize = 12", "[READY]\nsize = 13")
    with pytest.raises(KesuError, match=r"READY .* has the size 13"):
        text_modules(assets)


def test_a_missing_font_is_refused(assets: Path) -> None:
    (assets / "fonts" / "shinonome12.bdf").unlink()
    with pytest.raises(KesuError, match=r"shinonome12\.bdf cannot be read"):
        text_modules(assets)


def test_characters_are_found_by_their_jis_code() -> None:
    assert jis("亜") == 0x3021
    assert jis("あ") == 0x2422
    assert jis("😀") is None


def test_a_line_of_letters_is_cut_without_a_loss() -> None:
    letters = [Glyph(3, (0b101, 0b111, 0b001, 0b100)), Glyph(2, (0b11, 0b10, 0b01, 0b11))]
    cut = pieces(letters, 4)
    assert [piece.width for piece in cut] == [4, 2]
    assert [
        [f"{row:0{piece.width}b}" for piece in cut for row in [piece.rows[line]]] for line in range(4)
    ] == [
        ["0101", "11"],
        ["0111", "10"],
        ["0001", "01"],
        ["0100", "11"],
    ]
    assert [piece.width for piece in pieces(letters[:1], 4)] == [4]


def test_rows_are_packed_with_ink_as_zero_and_white_padding() -> None:
    assert Glyph(6, (0b100001, 0)).packed() == bytes([0b01111011, 0xFF])


def test_icons_are_drawn_from_their_text() -> None:
    icons = {name: rows for name, rows in names(text_modules(ASSETS)["glyphs"]).items() if "ICON" in name}
    assert set(icons) == {"ICON_CROSS", "ICON_HOLD", "ICON_MUTE", "ICON_NONE", "ICON_PC"}
    assert {len(rows) for rows in icons.values()} == {2 * 12}
    assert icons["ICON_NONE"] == b"\xff" * 24
    assert icons["ICON_HOLD"][2:4] == b"\x86\x1f"


@pytest.mark.parametrize("picture", ["#" * 12, "\n".join(["#" * 11 + "x"] * 12), "\n".join(["#" * 13] * 12)])
def test_a_misdrawn_icon_fails_the_build(tmp_path: Path, picture: str) -> None:
    (tmp_path / "icons.toml").write_text(f'[MUTE]\npicture = """\n{picture}\n"""\n', encoding="utf-8")
    with pytest.raises(KesuError, match="MUTE"):
        read_icons(tmp_path)


def test_both_languages_share_the_glyphs_and_differ_in_words() -> None:
    modules = text_modules(ASSETS)
    words = [names(modules[f"labels_{language}"]) for language in LANGUAGES]
    assert words[0].keys() == words[1].keys()
    assert words[0]["READY"] != words[1]["READY"]
    assert words[0]["IMAGE_ID"] == words[1]["IMAGE_ID"]


def test_a_text_has_the_places_of_the_times_in_order_or_none(assets: Path) -> None:
    changed(assets, "Idle {idle}/max {age}", "max {age}, idle {idle}")
    with pytest.raises(KesuError, match=r"\{age\}, \{idle\}"):
        text_modules(assets)
