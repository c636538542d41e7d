"""test_dev_entry: ./dev says in one last line what stopped it, and nothing of it when all is well."""
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
    """What ./dev reads of a checkout, without an environment."""
    for name in ("dev", "pyproject.toml", *(file.name for file in ROOT.glob("requirements*.txt"))):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    return tmp_path


def docs(checkout: Path, says: str, code: int) -> list[str]:
    """Lines that `./dev docs` prints where pip says this and ends so."""
    for name, text in (("python", STUB.format(says=says, code=code)), ("mkdocs", "#!/bin/sh\necho built\n")):
        program = checkout / ".venv" / "bin" / name
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)
    ran = subprocess.run([checkout / "dev", "docs"], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == (1 if code else 0)
    return (ran.stderr + ran.stdout).splitlines()


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("ERROR: No matching distribution found for click", "Is there a network?"),
        ("OSError: [Errno 28] No space left on device", "dev: the disk is full: "),
    ],
)
def test_what_stopped_it_is_the_last_line(checkout: Path, says: str, told: str) -> None:
    lines = docs(checkout, says, 1)
    assert lines[1] == says
    assert told in lines[-1]
    assert len(lines) == 3
    log = Path(lines[-1].rpartition(" ")[2])
    assert log.read_text(encoding="utf-8") == says + "\n"
    log.unlink()


def test_nothing_is_said_of_what_went_well(checkout: Path) -> None:
    assert docs(checkout, "chatter", 0) == ["dev: putting the pinned Python packages into .venv", "built"]


def test_help_names_every_entry_and_a_wrong_one_is_refused() -> None:
    told = subprocess.run([ROOT / "dev", "--help"], capture_output=True, text=True, check=True).stdout
    wrong = subprocess.run([ROOT / "dev", "no-such"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout) == (1, told)
    for entry in ("setup", "demo", "test", "lint", "build", "docs", "card", "pictures", "fresh", "hardware"):
        assert f"./dev {entry} " in told
