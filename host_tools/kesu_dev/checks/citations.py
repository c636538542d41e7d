"""citations: every document and section that sources cite must exist in the repository."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from kesu_dev.checks.tracked import ROOT, tracked

FACTS = "docs/hardware-facts.md"
HEADING = re.compile(r"^#+ ([A-F](?:\.\d+)?)\b", re.MULTILINE)
ITEM = re.compile(r"^(\d+)\. ", re.MULTILINE)
SECTION = r"[A-F](?:\.\d+(?:-\d+)?)?"
CITED = re.compile(rf"hardware-facts(?:\.md)?[:,]?((?:,?\s+(?:and\s+|to\s+)?{SECTION}\b)+)")
WRAP = re.compile(r"\n[ \t]*(?:#|//|\*)?[ \t]*")
DOCUMENT = re.compile(r"(?<![\w/.*-])((?:[\w-]+/)*[\w-]+\.md)\b")
SOURCES = frozenset((".py", ".pyi", ".c", ".h", ".ts", ".toml", ".cmake"))
GENERATED = frozenset(("letter-of-volatility.md", "RELEASE.md", "index.md"))
"""Written by the tools, for a user or for the site."""
OWN_TEST = "test_checks.py"
"""Cites what does not exist, on purpose."""


def sections(facts: str) -> set[str]:
    """Sections of the facts page, numbered items as `A.6-3`."""
    found: set[str] = set()
    starts = [(match.start(), match[1]) for match in HEADING.finditer(facts)]
    for (start, name), (end, _) in zip(starts, [*starts[1:], (len(facts), "")], strict=True):
        found.add(name)
        found.update(f"{name}-{item}" for item in ITEM.findall(facts[start:end]))
        if "." not in name:
            found.update(f"{name}.{item}" for item in ITEM.findall(facts[start:end]))
        else:
            found.add(name.split(".")[0])
    return found


def unknown(text: str, known: set[str], documents: set[str] | None) -> Iterator[tuple[int, str]]:
    """Line number and citation of what does not exist. A citation may run over a line's end.

    documents: names of the pages that exist; None in a test, which may make up names.
    """

    def line(at: int) -> int:
        return text.count("\n", 0, at) + 1

    # Same length, so that places stay the same.
    unwrapped = WRAP.sub(lambda wrap: " " * len(wrap[0]), text)
    for cited in CITED.finditer(unwrapped):
        for section in re.findall(SECTION + r"\b", cited[1]):
            if section not in known:
                yield line(cited.start()), f"hardware-facts.md {section}"
    if documents is None:
        return
    for named in DOCUMENT.finditer(text):
        if Path(named[1]).name not in documents:
            yield line(named.start()), named[1]


def main() -> int:
    """Print each citation of something that is not in the repository; return 1 if there is one."""
    names = tracked()
    known = sections((ROOT / FACTS).read_text(encoding="utf-8"))
    documents = {Path(name).name for name in names if name.endswith(".md")} | GENERATED
    count = 0
    for name in names:
        if Path(name).suffix in SOURCES and Path(name).name != OWN_TEST:
            text = (ROOT / name).read_text(encoding="utf-8")
            for number, citation in unknown(text, known, None if name.startswith("tests/") else documents):
                print(f"{name}:{number}: cites {citation}, which does not exist")
                count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
