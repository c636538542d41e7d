"""The bounds of the guarantee are the same everywhere: demo, report, summary, guarantee.md and the product page."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import math
import re
from html import unescape
from types import SimpleNamespace
from typing import Any, cast

import evidence_runs
import pytest
from kesu.common.checkout import ROOT
from kesu.demo import report
from kesu.spec.panels import DEFAULT_PANEL, FILMS, PANELS
from kesu.verify.bounds import AFTER_R1, READY_BOUND_MS, STEP_OF, STEPS, bounds_ms
from kesu.verify.evidence import summary_words
from kesu.verify.evidence.report import report_page
from kesu.verify.evidence.summary import summary_page
from kesu.verify.outcome import Timing
from kesu.verify.search import timeline

GUARANTEE = (ROOT / "docs" / "guarantee.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?:(R\d+) )?\| ([^|]+) \| ([^|]+) \|", re.MULTILINE)
TIME = re.compile(r"([\d.,]+) (ms|s)\b")
CELL = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>")


def times_ms(text: str) -> list[float]:
    """All times of a text, milliseconds."""
    found = TIME.findall(text)
    return [float(number.replace(",", "")) * (1000 if unit == "s" else 1) for number, unit in found]


def promised(text: str) -> dict[str, float]:
    """Bound of each step in the table of guarantee.md, milliseconds."""
    found: dict[str, float] = {}
    for resource, what, bound in ROW.findall(text):
        steps = {"R8": ("legible", "R8"), "": ("ready",)}.get(resource, (STEP_OF.get(resource),))
        times = times_ms(bound)
        if not times or (resource == "" and "accepts ink" not in what):
            continue
        assert len(times) == len(steps), bound
        for step, ms in zip(steps, times, strict=True):
            assert step is not None
            assert found.setdefault(step, ms) == ms
            assert ("after R1" in bound) == (step in AFTER_R1)
    return found


def rows(page: str) -> list[list[str]]:
    """The rows of all tables of a page, as the texts of their cells."""
    return [
        [unescape(re.sub("<[^>]+>", "", cell)) for cell in CELL.findall(row)]
        for row in re.findall(r"<tr>(.*?)</tr>", page)
    ]


def timed(panel: str) -> Any:
    """A run of `panel` in which each step took half of its bound."""
    run = evidence_runs.holding()
    run.timings = [Timing("E1", STEPS[step], bound, (bound / 2,)) for step, bound in bounds_ms(panel).items()]
    return run


def test_the_guarantee_has_the_bounds_of_the_checks() -> None:
    assert promised(GUARANTEE) == bounds_ms(DEFAULT_PANEL)
    other = promised(GUARANTEE.replace("| 5 ms |", "| 6 ms |"))
    assert other != bounds_ms(DEFAULT_PANEL), "another figure is noticed"


@pytest.mark.slow
@pytest.mark.parametrize("panel", PANELS)
def test_demo_report_and_summary_show_the_same_bounds(panel: str) -> None:
    bounds = bounds_ms(panel)
    nothing: Any = cast("Any", None)
    steps = timeline.steps(cast("Any", SimpleNamespace(fitted=panel)), nothing, nothing, nothing)
    readings = [timeline.Reading(step.name, step.bound_ms / 2, step.bound_ms) for step in steps]
    outcome = SimpleNamespace(
        points_reported=0, writing_ms=0.0, needles=0, before={}, after={}, contrast_before=0.0, ghost_after=0.0,
        times=readings, flash_identical=True, bulk_in_bytes=0, driver_errors=[], faults=list,
    )  # fmt: skip
    table = report.table(cast("Any", outcome))
    shown = [
        float(line.split()[-1])
        for line in table.splitlines()
        if line.startswith(tuple(s.name for s in steps))
    ]
    assert sorted(shown) == sorted(bounds.values())
    for step in steps:
        assert (step.after is not None) == ("from R1 on" in step.name)
    assert sum(step.after is not None for step in steps) == len(AFTER_R1)

    run = timed(panel)
    allowed = {
        row[0].split(",")[0]: row[5] for row in rows(report_page(run)) if len(row) == 8 and row[1] == "1"
    }
    for name, bound in bounds.items():
        assert times_ms(allowed[STEPS[name].split(",")[0]])[0] == bound
    for language in summary_words.LANGUAGES:
        summary = {row[0]: row[2] for row in rows(summary_page(run, language, "", "")) if len(row) == 4}
        for name, bound in bounds.items():
            shown_as = summary_words.STEPS[language][STEPS[name]]
            assert times_ms(summary[shown_as]) == [bound]
            assert ("R1から" in shown_as or "from R1" in shown_as) == (name in AFTER_R1)


NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5}
CLAIM = re.compile(r"within (\w+) seconds|(\d+)秒以内")


def claimed_s(texts: str) -> list[int]:
    """What the product page promises: seconds, in the order of its texts."""
    return [NUMBERS[word] if word else int(digits) for word, digits in CLAIM.findall(texts)]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_product_page_promises_the_bounds_of_the_pads(language: str) -> None:
    """The first figure is the lead's, of the default pad; the second that of all films of the other."""
    texts = (ROOT / "host_tools" / "web" / "page" / "strings" / language / "product.ts").read_text(
        encoding="utf-8"
    )
    slowest = max(READY_BOUND_MS[film] for film in FILMS if film != DEFAULT_PANEL)
    assert claimed_s(texts) == [math.ceil(ms / 1000) for ms in (READY_BOUND_MS[DEFAULT_PANEL], slowest)]
    assert claimed_s(texts.replace("2秒以内", "3秒以内").replace("within two", "within three"))[0] == 3
