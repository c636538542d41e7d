"""test_names: both halves of the project are a package `kesu`: no module may hide another."""
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
