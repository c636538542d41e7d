"""test_names: no module of one package `kesu` hides one of the other; the architecture names every part."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def names(folder: Path) -> set[str]:
    """Modules and packages in a folder."""
    return {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}


def test_no_host_module_has_the_name_of_a_firmware_module() -> None:
    firmware, host = names(ROOT / "firmware" / "kesu"), names(ROOT / "host_tools" / "kesu")
    assert "session" in firmware
    assert "virtual" in host
    assert firmware & host <= {"__init__", "__pycache__"}


def test_the_architecture_names_every_package_and_every_folder_of_tests() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    packages = [path.parent.name for path in (ROOT / "host_tools" / "kesu").glob("*/__init__.py")]
    tests = [f"tests/{path.parent.name}" for path in (ROOT / "tests").glob("*/*.py")]
    assert {"verify", "tests/virtual"} <= {*packages, *tests}
    assert [name for name in {*packages, *tests} if f"`{name}`" not in page] == []
