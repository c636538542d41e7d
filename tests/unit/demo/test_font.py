"""test_font: every character of card, page, site and pictures has a glyph; one without is named."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from kesu.common.errors import Exit, KesuError
from kesu.demo.page.font import BOLD, FIXED, REGULAR, font_file, require_glyphs, without_glyph, write_subset

ROOT = Path(__file__).parents[3]
NOBODYS = "\U0010fffd"  # a private-use code point, which no font has
SHOWN = [
    ROOT / "README.md",
    ROOT / "mkdocs.yml",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "docs" / "card").glob("*.html")),
    *sorted((ROOT / "docs").rglob("*.svg")),
    *sorted((ROOT / "hardware").rglob("*.md")),
    *sorted((ROOT / "hardware" / "wiring").glob("*.svg")),
    *sorted(
        path
        for ending in ("ts", "html", "css")
        for path in (ROOT / "host_tools" / "web" / "page").rglob(f"*.{ending}")
    ),
]


@pytest.mark.parametrize("name", [REGULAR, BOLD, FIXED])
def test_every_character_that_is_shown_has_a_glyph(name: str) -> None:
    texts = [(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in SHOWN]
    assert len(texts) > 60
    assert any(name.endswith("strings/ja/story.ts") for name, _ in texts)
    assert sum("消" in text for _, text in texts) > 4, "Japanese characters are among them"
    require_glyphs(texts, name)


def test_a_character_without_a_glyph_is_named_with_its_place() -> None:
    assert without_glyph(f"消す{NOBODYS}\n") == [NOBODYS]
    with pytest.raises(KesuError, match=r"no glyph for b\.md: .*\(U\+10FFFD\)") as caught:
        require_glyphs([("a.md", "消す"), ("b.md", f"消す{NOBODYS}")])
    assert caught.value.code == 65


def test_a_subset_has_the_glyphs_of_its_text_and_the_licence(tmp_path: Path) -> None:
    write_subset("消す→", REGULAR, tmp_path / "fonts" / "a.woff2")
    with TTFont(tmp_path / "fonts" / "a.woff2") as font:
        shown = set(font.getBestCmap())
        licence = font["name"].getDebugName(13)
    assert {*map(ord, "消す→"), *range(0x20, 0x7F)} == shown
    assert "SIL Open Font License" in licence
    assert (tmp_path / "fonts" / "a.woff2").stat().st_size < 20_000


def test_a_subset_is_reproducible(tmp_path: Path) -> None:
    for name in ("a.woff2", "b.woff2"):
        write_subset("消す", BOLD, tmp_path / name)
    assert (tmp_path / "a.woff2").read_bytes() == (tmp_path / "b.woff2").read_bytes()


def test_a_missing_glyph_writes_no_file(tmp_path: Path) -> None:
    with pytest.raises(KesuError, match=r"U\+10FFFD"):
        write_subset(NOBODYS, REGULAR, tmp_path / "a.woff2")
    assert list(tmp_path.iterdir()) == []


def test_without_the_font_its_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KESU_FONTS", str(tmp_path))
    with pytest.raises(KesuError, match="is not in") as caught:
        font_file(REGULAR)
    assert caught.value.code == Exit.UNAVAILABLE
    assert "fonts-morisawa-bizud-gothic" in caught.value.hint


def test_a_file_that_is_not_a_font_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"{REGULAR}.ttf").write_bytes(b"not a font")
    monkeypatch.setenv("KESU_FONTS", str(tmp_path))
    with pytest.raises(KesuError, match="cannot be read"):
        without_glyph("a")


def test_dev_installs_the_fonts_package() -> None:
    needed = re.search(r"^NEEDED=\((.*?)^\)", (ROOT / "dev").read_text(encoding="utf-8"), re.M | re.S)
    assert needed is not None
    assert '"${FONT[@]}"' in needed[1]
    (entry,) = re.findall(r"^FONT=\((\S+)\)$", (ROOT / "dev").read_text(encoding="utf-8"), re.M)
    assert entry == f"{font_file(REGULAR)}:fonts-morisawa-bizud-gothic"
