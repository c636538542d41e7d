"""The browser bench's models, clock and search: their own tests, under node's own runner."""

# SPDX-License-Identifier: MIT
import re
from pathlib import Path

import pytest
from kesu.benches.node_bench import bundle
from kesu.build.tools import run


@pytest.mark.parametrize(("name", "fewest"), [("panel", 16), ("bench", 11)])
def test_models_of_the_browser_bench(name: str, fewest: int, tmp_path: Path) -> None:
    told = run(["node", "--test", str(bundle(f"test/{name}.test.ts", tmp_path / f"{name}.mjs"))])
    counted = re.search(r"^(?:#|ℹ) pass (\d+)", told, re.MULTILINE)
    assert counted is not None, told
    assert int(counted.group(1)) >= fewest, told
