"""test_native_sanitizers: no call makes the C module leave its buffers; a removed bound is found."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from native_fuzzer import NATIVE, compiled, run

pytestmark = pytest.mark.slow

CALLS = 40_000
SEEN_WITHIN = 60_000
LEAST = 100
"""At least so many calls of each function must be accepted, and as many refused, for the fuzzer to cover both."""


def program_from(folder: Path, native: Path = NATIVE) -> Path:
    program = compiled(folder, native)
    if program is None:
        pytest.skip("no gcc with sanitizers for this machine")
    return program


def test_no_call_leaves_its_buffers_or_has_undefined_behaviour(tmp_path: Path) -> None:
    outcome = run(program_from(tmp_path), 20_261_125, CALLS)
    assert outcome.finding == ""
    assert len(outcome.calls) == 15
    scarce = {name: seen for name, seen in outcome.calls.items() if min(seen) < LEAST}
    assert scarce == {}


@pytest.mark.parametrize(
    ("file", "bound", "without", "finding"),
    [
        ("frame.h", "MIN(x + length, frame->columns)", "x + length", "AddressSanitizer"),
        ("frame.h", "y < 0 || ", "", "AddressSanitizer"),
        ("raster.c", "index + 1 < stride", "index < stride", "AddressSanitizer"),
        ("pulses.c", "end > of->length", "end > 9 * of->length", "AddressSanitizer"),
        ("pulses.c", "ages.len != AGE_BITS * shown.len", "0", "AddressSanitizer"),
        ("region.c", "(uintptr_t)way % 2 != 0", "0", "misaligned"),
        ("region.c", "int64_t", "mp_int_t", "overflow"),
        ("spi_stream.c", "(size_t)stop > buffer.len", "0", "AddressSanitizer"),
    ],
)
def test_a_missing_bound_is_found(tmp_path: Path, file: str, bound: str, without: str, finding: str) -> None:
    native = tmp_path / "native"
    shutil.copytree(NATIVE, native)
    source = (native / file).read_text(encoding="utf-8")
    assert bound in source
    (native / file).write_text(source.replace(bound, without), encoding="utf-8")
    assert finding in run(program_from(tmp_path, native), 1, SEEN_WITHIN).finding


def test_a_warning_ends_the_build(tmp_path: Path) -> None:
    native = tmp_path / "native"
    shutil.copytree(NATIVE, native)
    program_from(tmp_path, native)
    with (native / "region.c").open("a", encoding="utf-8") as file:
        file.write(
            "\nbool less(int a, unsigned b);\n\nbool less(int a, unsigned b) {\n    return a < b;\n}\n"
        )
    with pytest.raises(AssertionError, match="sign-compare"):
        compiled(tmp_path, native)
