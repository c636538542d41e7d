"""Page and site are drawn with the font that they contain, whatever fonts the machine has."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import gzip
from collections.abc import Callable
from itertools import product
from pathlib import Path
from urllib.request import urlopen

import pytest
from docs_site import built_site
from kesu.common.errors import Exit, KesuError
from kesu.demo.page import site as page_site
from kesu.demo.page.cores import MODULES, file_name
from kesu.spec.panels import PANELS
from kesu.spec.policy import LANGUAGES
from pad_page import PadPage
from platform_fonts import drawn_with
from playwright.sync_api import BrowserContext

ROOT = Path(__file__).parents[2]
OURS = {("BIZ UDPGothic", True)}
SITES = OURS | {("BIZ UDGothic", True), ("Font Awesome 6 Free Solid", True)}  # text, code, icons
OTHER_LETTER = "Ж"  # in the font, but in no text of the page


@pytest.mark.slow
@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_is_drawn_with_its_own_font(
    context: BrowserContext, open_pad: Callable[[str], PadPage], language: str
) -> None:
    page = open_pad(f"?panel=4in2&lang={language}").page
    drawn = drawn_with(context, page)
    assert drawn.keys() == OURS
    assert drawn["BIZ UDPGothic", True] > 800
    page.evaluate(f"() => document.querySelector('.lead').append('{OTHER_LETTER}')")
    assert drawn_with(context, page).keys() > OURS, "use of a system font is noticed"


@pytest.mark.slow
def test_the_complete_page_is_under_a_megabyte(address: str, open_pad: Callable[[str], PadPage]) -> None:
    page = open_pad("?panel=4in2&lang=ja").page
    images = page.evaluate("() => fetch('images/index.json').then((answer) => answer.json())")["images"]
    names = [
        *("", "page.css", "page.js", "bench.js", "bootrom.bin", "icon.svg", "fonts/regular.woff2"),
        *(file_name(board) for board in MODULES),
        "images/index.json",
        *sorted({image[kind] for image in images for kind in ("uf2", "map")}),
    ]
    size = 0
    for name in names:
        with urlopen(address + name) as answer:
            size += len(gzip.compress(answer.read()))
    assert {(one["board"], one["panel"], one["lang"]) for one in images} == set(
        product(MODULES, PANELS, LANGUAGES)
    )
    assert len({image["uf2"] for image in images}) == len(images) / 2
    assert 300_000 < size < 1_000_000


@pytest.mark.slow
def test_a_page_with_a_character_without_a_glyph_is_not_built(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>消す\U0010fffd", encoding="utf-8")
    with pytest.raises(KesuError, match=r"U\+10FFFD") as caught:
        page_site.write_fonts(tmp_path)
    assert caught.value.code == Exit.DATA
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


@pytest.mark.slow
def test_the_site_is_drawn_with_its_own_fonts(
    context: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = built_site(tmp_path_factory)
    page = context.new_page()
    for name in ("index", "screens", "architecture", "figures", "ja/index", "ja/agent", "ja/compliance"):
        page.goto((site / f"{name}.html").as_uri())
        drawn = drawn_with(context, page)
        assert drawn.keys() >= OURS
        assert drawn.keys() <= SITES, name
    page.evaluate(f"() => document.body.append('{OTHER_LETTER}')")
    assert not drawn_with(context, page).keys() <= SITES, "use of a system font is noticed"


@pytest.mark.slow
def test_no_page_of_the_site_is_wider_than_a_phone(
    context: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = built_site(tmp_path_factory)
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 800})
    wide = "() => document.documentElement.scrollWidth - window.innerWidth"
    names = [file.relative_to(site).as_posix() for file in sorted(site.rglob("*.html"))]
    shown = [name for name in names if not name.startswith(("card/", "records/")) and name != "404.html"]
    assert len(shown) > 30
    over = {}
    for name in shown:
        page.goto((site / name).as_uri())
        if (by := page.evaluate(wide)) > 0:
            over[name] = by
    assert over == {}
    page.evaluate("() => document.body.append('w'.repeat(400))")
    assert page.evaluate(wide) > 0, "the control"
