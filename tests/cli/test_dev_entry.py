"""test_dev_entry: when ./dev fails, its last line gives the reason; on success it prints none."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STUB = """#!/bin/sh
case "$*" in
*"pip --version"*) exit 0 ;;
*"pip install"*) echo "{says}" >&2; exit {code} ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files of a checkout that ./dev reads, without an environment."""
    for name in ("dev", "pyproject.toml", *(file.name for file in ROOT.glob("requirements*.txt"))):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    return tmp_path


def docs(checkout: Path, says: str, code: int) -> list[str]:
    """Output of `./dev docs` with a pip that prints this and exits so."""
    for name, text in (("python", STUB.format(says=says, code=code)), ("mkdocs", "#!/bin/sh\necho built\n")):
        program = checkout / ".venv" / "bin" / name
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)
    ran = subprocess.run([checkout / "dev", "docs"], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == (1 if code else 0)
    return (ran.stderr + ran.stdout).splitlines()


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("ERROR: No matching distribution found for click", "Is there a network?"),
        ("OSError: [Errno 28] No space left on device", "dev: the disk is full: "),
    ],
)
def test_the_last_line_gives_the_reason(checkout: Path, says: str, expected: str) -> None:
    lines = docs(checkout, says, 1)
    assert lines[1] == says
    assert expected in lines[-1]
    assert len(lines) == 3
    log = Path(lines[-1].rpartition(" ")[2])
    assert log.read_text(encoding="utf-8") == says + "\n"
    log.unlink()


def test_success_prints_no_reason(checkout: Path) -> None:
    assert docs(checkout, "chatter", 0) == ["dev: putting the pinned Python packages into .venv", "built"]


def test_help_names_every_entry_and_a_wrong_one_is_refused() -> None:
    expected = subprocess.run([ROOT / "dev", "--help"], capture_output=True, text=True, check=True).stdout
    wrong = subprocess.run([ROOT / "dev", "no-such"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout) == (1, expected)
    for entry in ("setup", "demo", "test", "lint", "build", "docs", "card", "pictures", "fresh", "hardware"):
        assert f"./dev {entry} " in expected
