"""test_names: no module of one `kesu` package hides one of the other; the architecture page names all parts."""
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


def unnamed(parts: set[str], page: str) -> set[str]:
    """Parts that the page does not name; there a package may end in a slash."""
    return {name for name in parts if f"`{name}`" not in page and f"`{name}/`" not in page}


def test_the_architecture_names_every_module_and_every_folder_of_tests() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tests = {f"tests/{path.parent.name}" for path in (ROOT / "tests").glob("*/*.py")}
    parts = {
        part
        for folder in (ROOT / "firmware" / "kesu", ROOT / "host_tools" / "kesu")
        for part in [
            *(path.stem for path in folder.glob("[!_]*.py")),
            *(path.parent.name for path in folder.glob("*/*.py")),
        ]
    }
    assert {"session", "panel", "cli", "verify"} <= parts
    assert "tests/virtual" in tests
    assert unnamed(parts | tests, page) == set()
    assert unnamed({"session", "no_such_part"}, page) == {"no_such_part"}
