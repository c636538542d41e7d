"""test_names: packages have names of their own; the architecture names every part."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGES = [ROOT / "firmware" / "kesu_pad", ROOT / "host_tools" / "kesu", ROOT / "host_tools" / "kesu_dev"]
IGNORED = {"build", "dist", "out", "target"}
"""Names of folders that tools leave out."""


def packages(folder: Path) -> list[str]:
    """The package in a folder and every one below it, by their own names."""
    return [folder.name, *sorted({path.parent.name for path in folder.rglob("__init__.py")} - {folder.name})]


def test_packages_have_names_of_their_own_that_no_tool_ignores() -> None:
    tops = Counter(
        path.name
        for root in ("firmware", "host_tools")
        for path in (ROOT / root).glob("kesu*")
        if path.name.isidentifier()  # not kesu.egg-info, which an installation writes
    )
    assert tops == {"kesu_pad": 1, "kesu": 1, "kesu_dev": 1}
    found = {name for folder in PACKAGES for name in packages(folder)}
    assert {"kesu", "verify", "toolchain", "touch"} <= found
    assert found & IGNORED == set()


def unnamed(parts: set[str], page: str) -> set[str]:
    """Parts that the page does not name; a package may end in a slash there."""
    return {name for name in parts if f"`{name}`" not in page and f"`{name}/`" not in page}


def test_the_architecture_names_every_module_and_every_folder_of_tests() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tests = {f"tests/{path.relative_to(ROOT / 'tests').parts[0]}" for path in (ROOT / "tests").rglob("*.py")}
    parts = {name for folder in PACKAGES for name in packages(folder)}
    parts |= {path.stem for path in PACKAGES[0].glob("[!_]*.py")}
    parts |= {path.stem for path in (ROOT / "host_tools" / "kesu" / "common").glob("[!_]*.py")}
    assert {"session", "panel", "cli", "verify", "evidence", "crosscheck", "minisign"} <= parts
    assert "tests/integration" in tests
    assert unnamed(parts | tests, page) == set()
    assert unnamed({"session", "no_such_part"}, page) == {"no_such_part"}
