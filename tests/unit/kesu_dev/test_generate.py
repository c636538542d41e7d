"""test_generate: generated files are current, and a stale one is found and renewed."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from kesu.images.toolchain.panel_modules import panel_files
from kesu.images.toolchain.policy_modules import policy_files
from kesu.spec.panels import DEFAULT_PANEL
from kesu.spec.waveforms import SPEC
from kesu_dev.generate import command, luts
from kesu_dev.generate.texts import TEXTS, NoPlace, stale

ROOT = Path(__file__).parents[3]
PRESET = "host_tools/kesu/images/policy/presets/standard.toml"
LUTS = [luts.module_path(chip) for chip in SPEC.chips.values()]
FILES = [*TEXTS, *(f"firmware/{name}" for name in panel_files(DEFAULT_PANEL) | policy_files()), PRESET, *LUTS]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def test_generated_files_are_current() -> None:
    assert list(stale(ROOT)) == [], "run `kesu dev generate`"


def edited(path: Path) -> None:
    """Change one generated line of a file."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next(
        (at for at, line in enumerate(lines) if line.startswith(("# generated from", "<!-- generated"))), 0
    )
    lines.insert(first + 2, lines[first + 3])
    path.write_text("".join(lines), encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_an_edited_file_is_found_and_renewed(name: str, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(stale(copy)) == []
    edited(copy / name)
    assert list(stale(copy)) == [copy / name]
    monkeypatch.setattr(command, "repository", lambda: copy)
    checked = CliRunner().invoke(command.command, ["--check"])
    assert (checked.exit_code, checked.output) == (1, f"{copy / name}\n")
    renewed = CliRunner().invoke(command.command, [])
    assert (renewed.exit_code, renewed.output) == (0, f"{copy / name}\n")
    assert (copy / name).read_bytes() == (ROOT / name).read_bytes()
    assert CliRunner().invoke(command.command, ["--check"]).exit_code == 0


def test_a_file_without_marks_is_refused(copy: Path) -> None:
    page = copy / "docs" / "architecture.md"
    page.write_text("no table here\n", encoding="utf-8")
    with pytest.raises(NoPlace, match=r"docs/architecture.md: it has 0 places"):
        stale(copy)
