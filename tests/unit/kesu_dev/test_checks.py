"""test_checks: the checks of texts, citations and commit messages find each kind of fault."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from pathlib import Path

import pytest
from kesu_dev.checks import citations, commit_message, plain_words, tracked

ROOT = Path(__file__).resolve().parents[3]


WORDS = plain_words.avoided((ROOT / "docs/style.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_of_the_list_is_found(word: str) -> None:
    for text in (f"it was {word} again", f"def test_{word.replace(' ', '_')}_here", word.capitalize()):
        assert [found[1].lower().replace("_", " ") for found in plain_words.findings(text, WORDS)] == [word]


def test_words_that_only_contain_one_of_the_list_pass() -> None:
    assert not list(plain_words.findings("recommend, amended, a stolen tolderol, at handover", WORDS))


def test_a_style_page_without_a_list_is_an_error() -> None:
    with pytest.raises(ValueError, match="no table"):
        plain_words.avoided("# Style")
    with pytest.raises(ValueError, match="empty"):
        plain_words.avoided("<!-- words -->\n<!-- end of words -->")


FACTS = "# Facts\n\n### A.6 Rules\n\n1. one\n2. two\n\n### C.1 Touch\n\n### F. Not confirmed\n\n1. first\n"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("# as hardware-facts.md A.6 says", []),
        ("# as hardware-facts.md A.6-2 says", []),
        ("# hardware-facts.md C.1, A.6", []),
        ("# hardware-facts.md F.1", []),
        ("# hardware-facts.md A.6-3", ["hardware-facts.md A.6-3"]),
        ("# hardware-facts.md B.1", ["hardware-facts.md B.1"]),
        ("x = 1\n# (hardware-facts.md\n# A.9)", ["hardware-facts.md A.9"]),
        ("# hardware-facts.md C.1 and A.7", ["hardware-facts.md A.7"]),
        ("# see secrets.md", ["secrets.md"]),
        ("see docs/other.md and hardware-facts.md", ["docs/other.md"]),
    ],
)
def test_citations_of_missing_sections_and_documents_are_found(text: str, wrong: list[str]) -> None:
    known = citations.sections(FACTS)
    assert [found for _, found in citations.unknown(text, known, {"hardware-facts.md"})] == wrong


def test_a_citation_is_reported_on_its_line() -> None:
    found = list(
        citations.unknown(
            "a\nb\n# hardware-facts.md Z\n# hardware-facts.md A.9\n", {"A.6"}, {"hardware-facts.md"}
        )
    )
    assert found == [(4, "hardware-facts.md A.9")]


GOOD = "agent: Drop DTR when a source is silent\n\nA silent source cannot see the end of a call.\n"


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (GOOD, None),
        ("firmware, verify: Release answers at fixed ticks\n\nTimes must not depend on ink.\n", None),
        ("", "empty"),
        ("Drop DTR\n\nwhy\n", "area"),
        (f"agent: {'x' * 70}\n\nwhy\n", "characters"),
        ("agent: Dropped DTR\n\nwhy\n", "imperative"),
        ("agent: drops DTR\n\nwhy\n", None),
        ("agent: fixes DTR\n\nwhy\n", "imperative"),
        ("agent: Drop DTR.\n\nwhy\n", "full stop"),
        ("agent: Drop DTR\nwhy\n", "second line"),
        ("agent: Drop DTR\n", "body"),
        ("agent: Drop DTR\n\nSigned-off-by: A B <a@b.example>\n", "body"),
    ],
)
def test_commit_messages(message: str, problem: str | None) -> None:
    found = commit_message.problems(message)
    if problem is None:
        assert not found
    else:
        assert any(problem in sentence for sentence in found)


def test_files_are_found_without_git(tmp_path: Path) -> None:
    for name in ("a.md", "host_tools/b.py", ".venv/c.py", "out/d.md", "host_tools/__pycache__/e.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text")
    assert tracked.tracked(tmp_path) == ["a.md", "host_tools/b.py"]
    assert plain_words.files(tmp_path) == ["a.md", "host_tools/b.py"]
