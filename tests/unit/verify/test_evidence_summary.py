"""test_evidence_summary: the summary says what the evidence says, in both languages, and only of unchanged evidence."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

import evidence_runs
import pytest
from click.testing import CliRunner
from kesu.cli.commands import main
from kesu.common.errors import Exit
from kesu.verify import bounds
from kesu.verify.evidence import printing, summary_words, words, write
from kesu.verify.evidence.folder import SUMS
from kesu.verify.evidence.summary import MOST_REASONS, summary_page
from kesu.verify.results import Run

RUNS: dict[str, Callable[[], Run]] = {
    "HOLDS": evidence_runs.holding,
    "BROKEN": evidence_runs.broken,
    "INCOMPLETE": evidence_runs.incomplete,
}
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def text_of(page: str) -> str:
    """What a reader sees."""
    shown = re.sub(r"<(style|head)>.*?</\1>", "", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", shown))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Evidence of a run that holds; nobody changes it."""
    place = tmp_path_factory.mktemp("summary") / "evidence"
    write(evidence_runs.holding("quick"), place)
    return place


def printed(folder: Path, out: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["evidence", "print", str(folder), "--out", str(out), *options])
    return result.exit_code, result.output


@pytest.mark.parametrize("language", summary_words.LANGUAGES)
@pytest.mark.parametrize("verdict", RUNS)
def test_the_summary_has_verdict_counts_times_and_limits(verdict: str, language: str) -> None:
    run = RUNS[verdict]()
    page = summary_page(run, language, "ab" * 32, "signed by nobody")
    text = text_of(page)
    assert f'<html lang="{language}">' in page
    assert page.count("<section>") == 2
    assert summary_words.VERDICTS[language][verdict] in text
    held = sum(cell.holds for cell in run.cells)
    assert f"{held:,}" in text
    assert f"{len(run.cells):,}" in text
    assert run.image["uf2_sha256"] in text
    assert "ab" * 32 in text
    assert "EMULATED" in text
    for step in bounds.STEPS.values():
        assert summary_words.STEPS[language][step] in text
    assert all(limit in text for limit in summary_words.LIMITS[language])
    assert all(limit in text for limit in summary_words.EMULATION_LIMITS[language])
    for field in ("pad", "place", "tester", "date", "signature"):
        assert summary_words.TEXTS[language][field] in text
    assert page.count("data:image/png;base64,") == (0 if verdict == "INCOMPLETE" else 2)


def test_a_broken_run_says_what_broke_and_hides_no_markup() -> None:
    page = summary_page(evidence_runs.broken(), "en", "ab" * 32, "")
    assert "3 hits in &lt;heap&gt;" in page
    assert "<script>" not in page
    assert page.count('<td class="broken"') >= 4
    assert "9.5 ms" in text_of(page)
    whole = summary_page(evidence_runs.holding(), "en", "ab" * 32, "")
    assert 'class="broken"' not in whole
    assert len(re.findall(r"<li>", page)) - len(re.findall(r"<li>", whole)) == MOST_REASONS


def test_a_drawn_leak_that_survived_is_counted_and_breaks_nothing() -> None:
    run = evidence_runs.holding()
    place = next(at for at, mutant in enumerate(run.mutants) if mutant.drawn)
    run.mutants[place] = replace(run.mutants[place], caught_by=())
    page = summary_page(run, "en", "ab" * 32, "")
    drawn = sum(mutant.drawn for mutant in run.mutants)
    assert f"of {drawn} drawn by the seed, {drawn - 1}" in text_of(page)
    assert 'class="broken"' not in page
    assert f"of {drawn} drawn by the seed, {drawn}" in text_of(
        summary_page(evidence_runs.holding(), "en", "ab" * 32, "")
    )


def test_a_step_that_was_not_reached_has_no_time() -> None:
    run = evidence_runs.holding("quick")
    timing = run.timings[0]
    object.__setattr__(timing, "samples_ms", (None, *timing.samples_ms[1:]))
    text = text_of(summary_page(run, "en", "ab" * 32, ""))
    assert "never" in text
    assert "never" not in text_of(summary_page(evidence_runs.holding("quick"), "en", "ab" * 32, ""))


def test_both_languages_have_the_same_texts() -> None:
    for table in (
        summary_words.TEXTS,
        summary_words.EVENTS,
        summary_words.RESOURCES,
        summary_words.STEPS,
        summary_words.VERDICTS,
        summary_words.TARGETS,
        summary_words.PICTURES,
        summary_words.IN_WORDS,
    ):
        assert table["ja"].keys() == table["en"].keys()
        assert set(table) == set(summary_words.LANGUAGES)
    for name, text in summary_words.TEXTS["ja"].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(
            re.findall(r"\{\w+\}", summary_words.TEXTS["en"][name])
        )
    assert len(summary_words.LIMITS["ja"]) == len(words.LIMITS)
    assert len(summary_words.EMULATION_LIMITS["ja"]) == len(words.EMULATION_LIMITS)
    assert set(summary_words.STEPS["en"]) == set(bounds.STEPS.values())
    spoken = [text for name, text in summary_words.TEXTS["ja"].items() if "{command}" not in text]
    assert [text for text in spoken if not JAPANESE.search(text)] == []


def test_the_command_writes_html_in_both_languages(folder: Path, tmp_path: Path) -> None:
    for language in summary_words.LANGUAGES:
        out = tmp_path / f"{language}.html"
        code, output = printed(folder, out, "--language", language)
        assert code == 0, output
        assert "HOLDS (EMULATED)" in output
        text = text_of(out.read_text(encoding="utf-8"))
        assert summary_words.TEXTS[language]["unsigned"] in text
        assert hashlib.sha256((folder / SUMS).read_bytes()).hexdigest() in text


def test_changed_evidence_is_not_printed(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "report.html").write_text("All is well.", encoding="utf-8")
    code, output = printed(copy, tmp_path / "out.html")
    assert code == Exit.NO
    assert "report.html: was changed" in output
    assert not (tmp_path / "out.html").exists()


def test_another_ending_is_refused(folder: Path, tmp_path: Path) -> None:
    code, output = printed(folder, tmp_path / "out.docx")
    assert code == Exit.USAGE
    assert "must end in .pdf or .html" in output


def test_without_a_browser_a_pdf_is_refused_and_html_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "NAMES", ("no-such-browser",))
    monkeypatch.setattr(printing, "PLACES", ("{NoSuchVariable}/no/such/browser",))
    code, output = printed(folder, tmp_path / "out.pdf")
    assert code == Exit.UNAVAILABLE
    assert "--out summary.html" in output
    assert not (tmp_path / "out.pdf").exists()


@pytest.mark.slow
def test_a_pdf_has_two_pages(folder: Path, tmp_path: Path) -> None:
    for language in summary_words.LANGUAGES:
        out = tmp_path / f"{language}.pdf"
        code, output = printed(folder, out, "--language", language)
        assert code == 0, output
        assert printing.pages_of(out.read_bytes()) == 2
