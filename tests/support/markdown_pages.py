"""markdown_pages: what tests of the documents share: code of a page, and the anchors of its headings."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re

FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")


def anchor_of(heading: str) -> str:
    """The anchor that GitHub makes of a heading: lower case, no punctuation, hyphens for spaces."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
