"""test_on_micropython: the pure modules on MicroPython (Debian's unix port, 1.25 as on the pad)."""
# SPDX-License-Identifier: MIT

import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FIRMWARE = HERE.parents[1] / "firmware"
CASES = sorted(path.name for path in (HERE / "cases").glob("*.py"))


def interpreter() -> str:
    """Path of `micropython`; if it is missing, the test fails and is not skipped."""
    found = shutil.which("micropython")
    assert found, "micropython is missing: apt-get install micropython (./dev setup does it)"
    return found


def run(case: Path) -> subprocess.CompletedProcess[str]:
    """Run one file on MicroPython with the firmware and the fakes on its path, nothing else."""
    return subprocess.run(
        [interpreter(), str(case)],
        env={"MICROPYPATH": f".frozen:{HERE.parent / 'support' / 'pad_fakes'}:{FIRMWARE}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_micropython_has_the_version_of_the_pad() -> None:
    printed = subprocess.run(
        [interpreter(), "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"MicroPython v1\.25\.", printed), printed


@pytest.mark.parametrize("case", CASES)
def test_case(case: str) -> None:
    done = run(HERE / "cases" / case)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith("passed"), done.stdout


def test_a_case_can_fail(tmp_path: Path) -> None:
    case = tmp_path / "broken.py"
    case.write_text("from kesu_pad import session\nassert session.Session(False).state == session.FAULT\n")
    done = run(case)
    assert done.returncode != 0
    assert "AssertionError" in done.stderr + done.stdout
