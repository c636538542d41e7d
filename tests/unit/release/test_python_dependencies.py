"""test_python_dependencies: the SBOM names the packages of every extra, with their own dependencies."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from pathlib import Path

from kesu.release.dependencies import python_dependencies

LOCK = Path(__file__).parents[3] / "requirements.lock"


def test_every_locked_package_of_this_system_is_a_part() -> None:
    locked = re.findall(r"^([a-z0-9-]+)==\S+(?: ; (.*) \\)?", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    everywhere = {name for name, marker in locked if not marker}
    assert {"click", "numpy", "cryptography", "fonttools", "rpds-py"} <= everywhere
    parts = {part.name for part in python_dependencies()}
    assert everywhere <= parts
    assert parts <= {name for name, _ in locked}
