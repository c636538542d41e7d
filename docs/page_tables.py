"""page_tables: tables between marks in a page, for the scripts that make them."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", re.S)


def table(*rows: tuple[str, ...]) -> str:
    """A Markdown table; the first row is its head."""
    head, *rest = rows
    lines = [head, ("---",) * len(head), *rest]
    return (
        "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
        .replace("| --- ", "|---")
        .replace("|--- |", "|---|")
    )


def written(page: str, tables: Mapping[str, Callable[[Any], str]], runs: Any) -> str:
    """The page with each of its tables rebuilt from `runs`."""
    return BLOCK.sub(lambda found: f"{found[1]}\n{tables[found[2]](runs)}\n{found[3]}", page)
