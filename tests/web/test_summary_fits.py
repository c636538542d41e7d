"""The summary of evidence fits on its two sheets, and a phone shows it without scrolling the page sideways."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import evidence_runs
import pytest
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
