"""pad_fixtures: images built once, and a bench of stand-in pads."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kesu.images.toolchain import ensure
from kesu.images.toolchain.request import BuiltImage
from pad_bench import Bench
from traps import VICTIM


@pytest.fixture(scope="module")
def sealed() -> BuiltImage:
    return ensure("sealed")


@pytest.fixture(scope="module")
def service() -> BuiltImage:
    return ensure("service")


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """Another user's file, which traps point to."""
    path = tmp_path / "victim"
    path.write_text(VICTIM)
    return path


@pytest.fixture
def code(request: pytest.FixtureRequest) -> int:
    """The exit status that the test's `@attack` names."""
    promised: int = request.function.code
    return promised


@pytest.fixture
def bench(tmp_path: Path, sealed: BuiltImage) -> Iterator[Bench]:
    made = Bench(tmp_path, sealed.uf2)
    yield made
    made.close()
