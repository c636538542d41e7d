"""test_docs_site: the site has every page in both languages, its search finds Japanese, and no other host is used."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import mkdocs.contrib.search
import pytest
from docs_site import built_site

ROOT = Path(__file__).parents[2]
LOADED = re.compile(r'<(?:script|img|link)\b[^>]*\b(?:src|href)="([^"]+)"')
MENU = re.compile(r'<div id="navbar-collapse".*?<ul class="nav navbar-nav ms-md-auto">', re.DOTALL)
SWITCH = re.compile(r'<a class="nav-link" lang="(\w+)" hreflang="\w+" href="([^"]+)">')
WORDS = ["離席", "消去", "終話", "後処理", "個人情報", "動作設定", "カード番号", "連携エージェント"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    return built_site(tmp_path_factory)


def searched(site: Path, *queries: str) -> dict[str, set[str]]:
    """Query -> addresses that the search of the site finds, in node."""
    command = ["node", str(Path(__file__).with_name("site_search.mjs")), str(site), *queries]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return {query: set(found) for query, found in json.loads(run.stdout).items()}


def containing(site: Path, word: str) -> set[str]:
    """Addresses of the parts of pages whose title or text has the word."""
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    return {part["location"] for part in index["docs"] if word in part["title"] or word in part["text"]}


@pytest.mark.slow
def test_every_page_is_in_the_site_and_no_other_host_is_used(site: Path) -> None:
    pages = {page.relative_to(ROOT / "docs").with_suffix(".html") for page in (ROOT / "docs").rglob("*.md")}
    made = {page.relative_to(site) for page in site.rglob("*.html")}
    renamed = {page.with_name("index.html") if page.name == "README.html" else page for page in pages}
    assert renamed <= made
    assert Path("ja/index.html") in made
    first = (site / "index.html").read_text(encoding="utf-8")
    assert 'href="compliance.html"' in first
    assert 'src="pictures/glass-before.png"' in first
    assert "<table>" not in first
    assert first.count('<table class="table table-striped">') > 2
    assert '<meta name="description" content="A memo pad' in first
    assert ">Hardware facts</a>" in first, "hardware-facts.md by its title"
    assert not re.search(r'<a href="[^"]*\.html[^"]*">[\w/-]+\.md</a>', first)
    loaded = LOADED.findall(first)
    assert len(loaded) > 5
    assert [address for address in loaded if re.match(r"(?:[a-z]+:)?//", address)] == []


@pytest.mark.slow
def test_each_page_has_the_menu_of_its_language_and_a_switch_to_the_other(site: Path) -> None:
    for page in sorted(site.rglob("*.html")):
        if page.is_relative_to(site / "card") or page.name == "404.html":
            continue
        name = page.relative_to(site)
        text = page.read_text(encoding="utf-8")
        japanese = name.parts[0] == "ja"
        assert f'<html lang="{"ja" if japanese else "en"}"' in text, name
        ((language, address),) = SWITCH.findall(text)
        assert language == ("en" if japanese else "ja"), name
        target = (page.parent / address).resolve()
        assert target.is_relative_to(site / "ja") is not japanese, name
        pair = site / name.relative_to("ja") if japanese else site / "ja" / name
        assert target == (pair if pair.is_file() else site / "ja" / "index.html"), name
        menu = re.findall(r'href="([^"#]+)"', MENU.findall(text)[0])
        assert len(menu) > 8, name
        assert {(page.parent / one).resolve().is_relative_to(site / "ja") for one in menu} == {japanese}, name
    assert "</i> 検索" in (site / "ja" / "index.html").read_text(encoding="utf-8")
    assert "</i> Search" in (site / "index.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_search_finds_every_place_with_a_japanese_word(site: Path) -> None:
    found = searched(site, *WORDS, "ほげふが")
    for word in WORDS:
        places = containing(site, word)
        assert sum(place.startswith("ja/") for place in places) >= 3, word
        assert places <= found[word], word
    assert found["ほげふが"] == set()


@pytest.mark.slow
def test_the_search_finds_english_words_and_short_ones(site: Path) -> None:
    found = searched(site, "hold-up", "wipes", "WIPE", "picotool", "消")
    assert all(found[word] for word in ("hold-up", "picotool"))
    assert found["wipes"] == found["WIPE"] >= containing(site, "wipes")
    assert found["消"] == set(), "the page sends no query of one character"


@pytest.mark.slow
def test_the_segmenter_that_mkdocs_brings_would_miss_places(site: Path, tmp_path: Path) -> None:
    """The control: what our lunr.ja.js is for."""
    copy = tmp_path / "site"
    shutil.copytree(site / "search", copy / "search")
    theirs = Path(mkdocs.contrib.search.__file__).parent / "lunr-language" / "lunr.ja.js"
    shutil.copyfile(theirs, copy / "search" / "lunr.ja.js")
    found = searched(copy, "離席", "消去")
    assert not containing(copy, "離席") <= found["離席"]
    assert not containing(copy, "消去") <= found["消去"]
