"""test_docs_languages: each Japanese page has the headings, commands, names and figures of its English page.

A Japanese heading has the anchor of the English one in front of it, so the sections are paired by their anchors, and
links work alike in both languages.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from markdown_pages import CODE, FENCE, anchor_of

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAIRS = [
    (ROOT / "README.md", ROOT / "README.ja.md"),
    *((DOCS / page.name, page) for page in sorted((DOCS / "ja").glob("*.md"))),
]
NAMED = {
    *("screens", "trainers-page", "faq", "it-guide", "policy", "flashing", "agent", "testers-guide"),
    *("compliance", "install", "pad", "windows"),
}
"""Pages that exist in Japanese."""
HEADING = re.compile(r'(?:^<a id="(?P<id>[^"]+)"></a>\n\n?)?^(?P<level>#+) (?P<title>.+)$', re.MULTILINE)
PICTURE = re.compile(r"!\[[^\]]*\]\((?:[^)]*/)?([^)/]+)\.\w+\)")
UNITS = {
    "s": "s",
    "秒": "s",
    "min": "min",
    "分": "min",
    "h": "h",
    "時間": "h",
    "ms": "ms",
    "mm": "mm",
    "cm": "cm",
    "MB": "MB",
    "KiB": "KiB",
    "MiB": "MiB",
    "kB": "kB",
    "%": "%",
    "V": "V",
    "mA": "mA",
    '"': "inch",
    "型": "inch",
    "days": "d",
    "日": "d",
}
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
FIGURE = re.compile(rf"(\d+(?:[.,]\d+)*)(?: ?({_UNIT})(?![A-Za-z]))?")


@dataclass(frozen=True)
class Section:
    """What must be the same in both languages."""

    level: int
    anchor: str
    commands: tuple[str, ...]
    names: frozenset[str]
    figures: frozenset[str]
    rows: int
    """Lines of tables."""
    pictures: frozenset[str]
    """File names without the language at their end."""
    blocks: int
    """Paragraphs, lists, tables and so on; pictures do not count."""


def said_by_programs(block: str) -> list[str]:
    """The lines of a code block without what explains them: after two spaces or a comment sign."""
    lines = [re.split(r"\s{2,}|\s#", line.strip())[0] for line in block.splitlines()[1:-1]]
    return [line for line in lines if line and not line.startswith("#")]


def figures(text: str) -> frozenset[str]:
    """Numbers of two or more digits, and smaller ones that have a unit, which is put into one language."""
    found = set()
    for number, unit in FIGURE.findall(text):
        plain = number.replace(",", "").rstrip(".")
        if len(plain) > 1 or unit:
            found.add(f"{plain} {UNITS[unit]}" if unit and len(plain) == 1 else plain)
    return frozenset(found)


def sections(text: str) -> list[Section]:
    """The sections of a page, in order."""
    blocks = [tuple(said_by_programs(block)) for block in FENCE.findall(text)]
    text = FENCE.sub("\0", text)
    heads = list(HEADING.finditer(text))
    found = []
    for head, end in zip(heads, [*(head.start() for head in heads[1:]), len(text)], strict=True):
        body = text[head.end() : end]
        inside = [blocks.pop(0) for _ in range(body.count("\0"))]
        prose = re.sub(r"\]\([^)]*\)|<[^>]+>|^\d+\. ", " ", CODE.sub(" ", body), flags=re.MULTILINE)
        found.append(
            Section(
                len(head["level"]),
                head["id"] or ("" if len(head["level"]) == 1 else anchor_of(head["title"])),
                tuple(line for block in inside for line in block),
                frozenset(CODE.findall(body)),
                figures(prose),
                len(re.findall(r"^\|", body, re.MULTILINE)),
                frozenset(re.sub(r"-(?:ja|en)$", "", name) for name in PICTURE.findall(body)),
                len(
                    [
                        block
                        for block in re.split(r"\n\s*\n", body)
                        if block.strip() and not re.match(r"!\[|<!--", block)
                    ]
                ),
            )
        )
    return found


def differences(english: str, japanese: str) -> list[str]:
    """What one page has and the other has not, section by section."""
    ours, theirs = sections(english), sections(japanese)
    heads = [[(one.level, one.anchor) for one in page] for page in (ours, theirs)]
    if heads[0] != heads[1]:
        return [
            f"headings: {[one for one in page if one not in heads[1 - at]]}" for at, page in enumerate(heads)
        ]
    found = []
    for one, other in zip(ours, theirs, strict=True):
        place = one.anchor or "top"
        if one.commands != other.commands:
            odd = [
                line
                for line in (*one.commands, *other.commands)
                if line not in one.commands or line not in other.commands
            ]
            found.append(f"{place}: commands {odd or 'in another order'}")
        for name, left, right in (("names", one.names, other.names), ("figures", one.figures, other.figures)):
            if left != right:
                found.append(
                    f"{place}: {name}: English only {sorted(left - right)}, Japanese only {sorted(right - left)}"
                )
        if one.pictures != other.pictures:
            found.append(f"{place}: pictures {sorted(one.pictures ^ other.pictures)}")
        if one.blocks != other.blocks:
            found.append(f"{place}: {one.blocks} paragraphs in English, {other.blocks} in Japanese")
        if one.rows != other.rows:
            found.append(f"{place}: {one.rows} lines of tables in English, {other.rows} in Japanese")
    return found


@pytest.mark.parametrize(("english", "japanese"), PAIRS, ids=lambda page: page.name)
def test_both_languages_say_the_same(english: Path, japanese: Path) -> None:
    assert differences(english.read_text(encoding="utf-8"), japanese.read_text(encoding="utf-8")) == []


def test_the_pages_for_operators_it_and_auditors_exist_in_japanese() -> None:
    assert {page.stem for page in (DOCS / "ja").glob("*.md")} == NAMED


@pytest.mark.parametrize(("english", "japanese"), PAIRS, ids=lambda page: page.name)
def test_each_page_links_the_other_language(english: Path, japanese: Path) -> None:
    there, back = ("", "") if english.parent == ROOT else ("ja/", "../")
    assert f"[日本語]({there}{japanese.name})" in english.read_text(encoding="utf-8")
    assert f"[English]({back}{english.name})" in japanese.read_text(encoding="utf-8")


ENGLISH = """# Title

## Seal all pads

Takes 1.8 s with `kesu seal`, 15 min at most, 3 days.

```
kesu seal IMAGE --all   writes all of them
```

![a pad](pictures/away-en.png)

| a | 250 mA |
"""
JAPANESE = """# 題名

<a id="seal-all-pads"></a>

## 封印書き込み

`kesu seal`で1.8秒、最長15分、3日です。

```
kesu seal IMAGE --all   すべてに書き込みます
```

![パッド](../pictures/away-ja.png)

| a | 250 mA |
"""


def test_a_pair_that_says_the_same_has_no_differences() -> None:
    assert differences(ENGLISH, JAPANESE) == []
    assert sections(ENGLISH)[1].figures == {"1.8", "15", "3 d", "250"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("## Seal all pads", "## Seal pads", "headings"),
        ("## Seal all pads", "### Seal all pads", "headings"),
        ("--all ", "--resume ", "commands"),
        ("`kesu seal`", "`kesu flash`", "names"),
        ("1.8 s", "1.9 s", "figures"),
        ("3 days", "4 days", "figures"),
        ("15 min", "some min", "figures"),
        ("| a | 250 mA |", "| a | 250 mA |\n| b | - |", "lines of tables"),
        ("away-en", "ready-en", "pictures"),
        ("3 days.", "3 days.\n\nAnd more.", "paragraphs"),
    ],
)
def test_a_change_of_one_language_is_found(old: str, new: str, said: str) -> None:
    assert old in ENGLISH
    (found,) = differences(ENGLISH.replace(old, new), JAPANESE)[:1]
    assert said in found
