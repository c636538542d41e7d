"""test_whole_site: page and documents as one site: each link between them has its target, previews have a picture."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import pytest
from kesu.common.errors import KesuError
from once import once
from scripts import load_script

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "host_tools" / "web" / "page"
make: Any = load_script(ROOT / "docs" / "make_site.py")
ADDRESS = "https://example.org/kesu/"
DOCUMENT = re.compile(r'data-doc="([^"]+)"')


def build(folder: Path) -> Path:
    return Path(make.make_site(folder / "public", ADDRESS, images=[]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, without images of pads."""
    return once(tmp_path_factory, "whole-site", build)


def missing(site: Path) -> list[str]:
    """Documents and files that the first page links or loads, and the site lacks."""
    text = (site / "index.html").read_text(encoding="utf-8")
    named = DOCUMENT.findall(text)
    assert len(named) >= 12
    wanted = {
        "docs/" + one.replace("{ja/}", folder).replace("{lang}", language)
        for one in named
        for language, folder in (("ja", "ja/"), ("en", ""))
    }
    wanted |= {one for one in re.findall(r'(?:src|href)="([^"#]+)"', text) if not one.startswith("https:")}
    return sorted(one for one in wanted if not (site / one).is_file())


@pytest.mark.slow
def test_each_link_of_the_first_page_has_its_target(site: Path) -> None:
    assert missing(site) == []
    card = site / "docs" / "card" / "operator-card-ja.html"
    renamed = card.rename(card.with_name("other.html"))
    assert missing(site) == ["docs/card/operator-card-ja.html"], "a lost document is noticed"
    renamed.rename(card)


@pytest.mark.slow
def test_the_documents_lead_back_to_the_page_in_their_language(site: Path) -> None:
    for name, language in (("faq.html", "en"), ("ja/faq.html", "ja"), ("hil/index.html", "en")):
        page = site / "docs" / name
        ((address, asked),) = re.findall(
            r'href="([./]*index\.html)\?lang=(\w+)"', page.read_text(encoding="utf-8")
        )
        assert (page.parent / address).resolve() == (site / "index.html").resolve(), name
        assert asked == language, name


@pytest.mark.slow
def test_previews_have_a_whole_address_and_a_picture(site: Path) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    tags = dict(re.findall(r'property="(og:\w+)"\s+content="([^"]+)"', text))
    assert tags["og:url"] == ADDRESS
    assert tags["og:image"] == f"{ADDRESS}social.png"
    assert (site / "social.png").read_bytes().startswith(b"\x89PNG")
    assert tags["og:description"]
    assert re.search(r'name="description"\s+content="[^"]{60,}"', text)


def test_the_page_alone_has_no_documents_and_no_foreign_address() -> None:
    text = (PAGE / "index.html").read_text(encoding="utf-8")
    assert make.NO_DOCS in text
    assert "og:image" not in text
    assert "https:" not in text
    relative = make.first_page(text, None)
    assert 'content="social.png"' in relative
    assert "canonical" not in relative
    with pytest.raises(KesuError, match="no place for documents"):
        make.first_page(relative, None)
    for wrong in ("example.org", "javascript:alert(1)", 'https://a"b'):
        with pytest.raises(argparse.ArgumentTypeError):
            make.address_of(wrong)
    assert make.address_of("https://example.org/kesu") == ADDRESS


def figures(language: str) -> dict[str, str]:
    """Texts of the page about what was checked."""
    text = (PAGE / "strings" / language / "product.ts").read_text(encoding="utf-8")
    return dict(re.findall(r"""^  (fact\w+):\s*["'](.*)["'],$""", text, re.MULTILINE))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_pages_figures_are_those_of_the_published_run(language: str) -> None:
    run = json.loads((ROOT / "docs" / "verify-runs.json").read_text(encoding="utf-8"))[
        "pico-4in2-sealed full"
    ]
    said = figures(language)
    assert run["verdict"] == "HOLDS"
    for name, figure in (("factCells", "cells"), ("factPairs", "pairs"), ("factLeaks", "leaks")):
        found, of = run[figure]
        assert said[name] == f"{found:,} / {of:,}"
    assert str(run["pairs"][0]) in said["factPairsText"]
    assert str(run["leaks"][0]) in said["factLeaksText"]
    year, month, day = run["started"].split("-")
    months = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
    )
    english = f"{int(day)} {(*months, 'November', 'December')[int(month) - 1]} {year}"
    assert (f"{year}年{int(month)}月{int(day)}日" if language == "ja" else english) in said["factsFrom"]
