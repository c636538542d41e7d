"""test_thumb_warnings: a compiler warning in thumb.c ends its compilation; the Pico 2's core has none."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from kesu.emulator.core.native import FLAGS, LIBRARIES, M33, STRICT, THUMB

FAULTS = {
    "": "",
    "int less(int a, unsigned b);\nint less(int a, unsigned b) { return a < b; }\n": "sign-compare",
    "int none(int a);\nint none(int a) { return 0; }\n": "unused-parameter",
    "static int none(void) { return 0; }\n": "unused-function",
}


@pytest.mark.slow
@pytest.mark.parametrize("added", FAULTS)
def test_a_warning_ends_the_compilation(tmp_path: Path, added: str) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler for this machine")
    for path in THUMB.all_files:
        content = path.read_bytes() + (added.encode() if path.name == "thumb.c" else b"")
        (tmp_path / path.name).write_bytes(content)
    files = sorted(map(str, tmp_path.glob("*.c")))
    command = [compiler, *FLAGS, *STRICT, "-o", str(tmp_path / "thumb.so"), *files]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode == 0) == (added == "")
    assert FAULTS[added] in ran.stderr


@pytest.mark.slow
def test_the_core_of_the_pico_2_compiles_without_a_warning(tmp_path: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler for this machine")
    library = tmp_path / "m33.so"
    command = [compiler, *FLAGS, *STRICT, *M33.include, "-o", str(library), *map(str, M33.files), *LIBRARIES]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert library.is_file()
