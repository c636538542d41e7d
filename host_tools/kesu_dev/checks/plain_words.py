"""plain_words: report words of docs/style.md's list in every tracked text file."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from kesu_dev.checks.tracked import ROOT, tracked

TABLE = re.compile(r"<!-- words -->(.*?)<!-- end of words -->", re.DOTALL)
ROW = re.compile(r"^\| ([^|]+?) \| ([^|]+?) \|$", re.MULTILINE)
ENDINGS = frozenset(
    (
        ".md",
        ".py",
        ".pyi",
        ".c",
        ".h",
        ".ts",
        ".toml",
        ".yml",
        ".html",
        ".css",
        ".js",
        ".mjs",
        ".jsonc",
        ".sh",
    )
)
NAMED = frozenset(("dev", ".ci/fresh", ".ci/run"))
EXEMPT = frozenset(("docs/style.md",))
"""The list itself."""


def avoided(style: str) -> dict[str, str]:
    """The words to avoid and what to write instead, from the text of docs/style.md."""
    table = TABLE.search(style)
    if table is None:
        raise ValueError("docs/style.md has no table between <!-- words --> and <!-- end of words -->")
    rows = dict(ROW.findall(table[1]))
    rows.pop("avoid", None)
    rows.pop("---", None)
    if not rows:
        raise ValueError("the word list of docs/style.md is empty")
    return rows


def pattern(words: dict[str, str]) -> re.Pattern[str]:
    """Matches any of `words`, also inside a name_with_underscores."""
    joined = "|".join(
        re.escape(word).replace(r"\ ", r"[ _]") for word in sorted(words, key=len, reverse=True)
    )
    return re.compile(rf"(?<![A-Za-z])(?:{joined})(?![A-Za-z])", re.IGNORECASE)


def findings(text: str, words: dict[str, str]) -> Iterator[tuple[int, str, str]]:
    """Line number, word found and what to write instead."""
    matches = pattern(words)
    for number, line in enumerate(text.splitlines(), 1):
        for found in matches.finditer(line):
            yield number, found[0], words[found[0].lower().replace("_", " ")]


def files(root: Path) -> list[str]:
    """Text files that are checked, by path below `root`."""
    return [
        name
        for name in tracked(root)
        if (Path(name).suffix in ENDINGS or name in NAMED) and name not in EXEMPT
    ]


def main() -> int:
    """Print each finding; return 1 if there is one."""
    words = avoided((ROOT / "docs/style.md").read_text(encoding="utf-8"))
    count = 0
    for name in files(ROOT):
        for number, word, instead in findings((ROOT / name).read_text(encoding="utf-8"), words):
            print(f"{name}:{number}: {word!r}: write {instead}")
            count += 1
    if count:
        print(f"{count} words to avoid; docs/style.md has the list", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
