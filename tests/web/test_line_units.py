"""Parts of @kesu/line that need no browser: their own tests, under node. `./dev lint` checks their types."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from pathlib import Path

import pytest
from node_tests import run_tests

SUITES = {"line_keeper.test.ts": 12, "line_sources.test.ts": 20, "line_extension.test.ts": 9}


@pytest.mark.slow
@pytest.mark.parametrize("suite", SUITES)
def test_parts_of_the_line(suite: str, tmp_path: Path) -> None:
    assert run_tests(f"test/{suite}", tmp_path) >= SUITES[suite]
