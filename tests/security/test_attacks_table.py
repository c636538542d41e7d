"""test_attacks_table: the table of attacks in docs/reliability.md is generated from the tests and up to date.

`python tests/security/test_attacks_table.py` updates it.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
FOLDERS = (TESTS / "cli", TESTS / "security")
PAGE = TESTS.parent / "docs" / "reliability.md"
BEGIN, END = (
    "<!-- attacks: made by tests/security/test_attacks_table.py -->\n\n",
    "\n\n<!-- end of attacks -->",
)


def made() -> str:
    """The table, from every test file of FOLDERS that uses `@attack`."""
    import attacks

    for path in sorted(
        (path for folder in FOLDERS for path in folder.glob("test_*.py")), key=lambda p: p.name
    ):
        if re.search(r"^@attack\(", path.read_text(encoding="utf-8"), re.MULTILINE):
            if str(path.parent) not in sys.path:
                sys.path.append(str(path.parent))
            importlib.import_module(path.stem)
    return attacks.table([row for row in attacks.ROWS if row.file.startswith("test_")])


def shown(page: str) -> str:
    """The table in the page."""
    return page.partition(BEGIN)[2].partition(END)[0]


def test_the_page_shows_every_attack() -> None:
    import attacks

    table = made()
    assert shown(PAGE.read_text(encoding="utf-8")) == table
    assert table.count("\n") > 60
    for row in attacks.ROWS:
        (file,) = [path for folder in FOLDERS for path in folder.glob(f"{row.file}.py")]
        assert f"def {row.test}(" in file.read_text(encoding="utf-8")


def test_a_row_with_an_exit_status_has_a_test_that_checks_it() -> None:
    import attacks

    made()
    silent = []
    for row in attacks.ROWS:
        test = getattr(sys.modules[row.file], row.test)
        if row.code is not None and "code" not in test.__code__.co_varnames[: test.__code__.co_argcount]:
            silent.append(row.test)
    assert silent == []


if __name__ == "__main__":
    sys.path.insert(0, str(TESTS / "support"))
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text.replace(shown(text), made()), encoding="utf-8")
