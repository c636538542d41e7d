"""test_cpu_times: `pytest --cpu-times` counts work in a test, its fixtures and its children, and no waiting."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[2] / "conftest.py"
SUPPORT = CONFTEST.with_name("support")
TESTS = """
import subprocess, sys, time
import pytest
WORK = "import time; end = time.process_time() + 0.4\\nwhile time.process_time() < end: pass"
@pytest.fixture
def busy(): exec(WORK)
def test_waits(): time.sleep(1.0)
def test_works(busy): exec(WORK)
def test_starts_one_that_works(): subprocess.run([sys.executable, "-c", WORK], check=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["0", "2"])
def test_processor_time_is_counted_and_waiting_is_not(tmp_path: Path, processes: str) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "test_some.py").write_text(TESTS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-n", processes, "--cpu-times", "5"]
    ran = subprocess.run(
        [*command, "-c", "/dev/null", "--rootdir", tmp_path, "-o", f"pythonpath={SUPPORT}", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    spent = {name: float(s) for s, name in re.findall(r"([\d.]+) s \S*::(\w+)", ran.stdout)}
    assert list(spent) == ["test_works", "test_starts_one_that_works", "test_waits"]
    assert spent["test_works"] > 0.75
    assert spent["test_starts_one_that_works"] > 0.35
