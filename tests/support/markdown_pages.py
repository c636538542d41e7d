"""markdown_pages: what tests of the documents share: code, anchors of headings, and the words that people wrote."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re

FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
GENERATED = re.compile(
    r"^<!-- (?:table|generated|attacks): [^>]*-->$.*?^<!-- end of [^>]*-->$", re.MULTILINE | re.DOTALL
)
"""A table that a program writes, with its marks."""


def anchor_of(heading: str) -> str:
    """The anchor that GitHub makes of a heading: lower case, no punctuation, hyphens for spaces."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


def words(text: str) -> int:
    """Words of a page without generated tables: what stands between spaces and has a letter or a digit."""
    return sum(1 for word in GENERATED.sub("", text).split() if re.search(r"\w", word))
