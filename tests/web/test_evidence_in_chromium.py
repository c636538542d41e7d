"""Evidence as a reader sees it: the summary on its two sheets, the report on a phone, both by axe."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import evidence_runs
import pytest
from axe import serious
from kesu.verify.evidence.report import report_page
from kesu.verify.evidence.summary import summary_page
from kesu.verify.evidence.summary_words import LANGUAGES
from kesu.verify.results import Run
from playwright.sync_api import BrowserContext

RUNS: list[Callable[[], Run]] = [evidence_runs.holding, evidence_runs.broken, evidence_runs.incomplete]
OVER = "() => [...document.querySelectorAll('section')].map((one) => one.scrollHeight - one.clientHeight)"
WIDE = "() => document.documentElement.scrollWidth - window.innerWidth"


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("make", RUNS)
def test_the_summary_fits_on_two_sheets_and_on_a_phone(
    context: BrowserContext, tmp_path: Path, make: Callable[[], Run], language: str
) -> None:
    file = tmp_path / "summary.html"
    file.write_text(summary_page(make(), language, "ab" * 32, "signed " * 12), encoding="utf-8")
    page = context.new_page()
    page.set_viewport_size({"width": 794, "height": 1123})
    page.emulate_media(media="print")
    page.goto(file.as_uri())
    assert page.evaluate(OVER) == [0, 0]
    page.evaluate("() => document.querySelector('section').append('line '.repeat(1500))")
    assert page.evaluate(OVER)[0] > 0, "the control"
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(file.as_uri())
    assert page.evaluate(WIDE) <= 0
    assert serious(page) == []


CUT = """() => [...document.querySelectorAll("main p, main li, main dd, main h2, main td, main th")].filter(
  (one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline").length"""
"""Elements whose text is wider than they are: it would lie over its neighbours."""
BOXES = """() => [...document.querySelectorAll(".scroll")].map(
  (one) => [one.getBoundingClientRect().right <= innerWidth, one.scrollWidth > one.clientWidth])"""


@pytest.mark.slow
@pytest.mark.parametrize("make", RUNS)
def test_the_report_is_readable_on_a_phone(
    context: BrowserContext, tmp_path: Path, make: Callable[[], Run]
) -> None:
    """No sideways scrolling of the page: wide tables scroll in their own boxes, with the first column in sight."""
    file = tmp_path / "report.html"
    file.write_text(report_page(make()), encoding="utf-8")
    page = context.new_page()
    page.goto(file.as_uri())
    for width in (1280, 820, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(WIDE) <= 0
        assert page.evaluate(CUT) == 0
    boxes = page.evaluate(BOXES)
    assert all(inside for inside, _ in boxes)
    assert any(scrolls for _, scrolls in boxes), "a table is wider than a phone"
    box = page.locator(".matrix .scroll")
    box.evaluate("(one) => { one.scrollLeft = 400; }")
    place = box.locator("tbody th").first.bounding_box()
    assert place is not None
    assert place["x"] >= 0, "the name of a row stays in sight"
    page.get_by_role("link", name="How fast").click()
    assert page.evaluate("() => document.getElementById('times').getBoundingClientRect().top") < 100
    page.locator("tbody th").first.evaluate("(one) => { one.textContent = 'x'.repeat(200); }")
    page.add_style_tag(content="tbody th { overflow-wrap: normal !important; max-width: 9rem; }")
    assert page.evaluate(CUT) > 0, "the control"


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_accepts_the_report_and_would_not_accept_another(
    context: BrowserContext, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    file = tmp_path / "report.html"
    file.write_text(report_page(evidence_runs.broken()), encoding="utf-8")
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)
    page.goto(file.as_uri())
    assert serious(page) == []
    page.add_style_tag(content=".soft, dt { color: #888 !important; background: #777; }")
    assert [one["id"] for one in serious(page)] == ["color-contrast"]


@pytest.mark.slow
def test_the_report_prints_every_row(context: BrowserContext, tmp_path: Path) -> None:
    """On paper nothing is in a box that scrolls, and no head of a table floats over rows."""
    file = tmp_path / "report.html"
    file.write_text(report_page(evidence_runs.holding("full")), encoding="utf-8")
    page = context.new_page()
    page.goto(file.as_uri())
    cut = """() => [...document.querySelectorAll(".scroll")].filter(
      (one) => getComputedStyle(one).overflow !== "visible").length"""
    assert page.evaluate(cut) > 0, "the control: on a screen they scroll"
    page.emulate_media(media="print")
    assert page.evaluate(cut) == 0
    assert page.locator("thead th").first.evaluate("(one) => getComputedStyle(one).position") == "static"
