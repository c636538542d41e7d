"""Parts of the page that need no browser: their own tests, under node. `./dev lint` checks their types."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from pathlib import Path

import pytest
from node_tests import run_tests

SUITES = {"page.test.ts": 16, "story.test.ts": 8}


@pytest.mark.parametrize("suite", SUITES)
def test_parts_of_the_page(suite: str, tmp_path: Path) -> None:
    assert run_tests(f"test/{suite}", tmp_path) >= SUITES[suite]
